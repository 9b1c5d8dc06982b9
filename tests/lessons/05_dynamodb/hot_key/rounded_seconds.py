# misconception: a time belongs to the nearest second
# expect: when does a second begin and end
import time
from collections import Counter


def hot_keys(group, resource, minutes):
    logs = boto3.client("logs")
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=int((time.time() - 60 * minutes) * 1000)
    )
    used = Counter()
    for page in pages:
        for event in page["events"]:
            line = json.loads(event["message"])
            if line["resource"] == resource and "units" in line:
                used[line["key"], line["unit"], round(event["timestamp"] / 1000)] += line["units"]
    best = {}
    for (key, unit, second), units in used.items():
        share = units / (1000 if unit == "WCU" else 3000)
        if share > 0.5 and share > best.get((key, unit), {"share": 0})["share"]:
            text = time.strftime("%H:%M:%S", time.gmtime(second))
            best[key, unit] = {
                "key": key,
                "unit": unit,
                "second": text,
                "units": units,
                "share": share,
            }
    return sorted(best.values(), key=lambda row: row["share"], reverse=True)
