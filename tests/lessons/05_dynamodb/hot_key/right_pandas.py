def hot_keys(group, resource, minutes):
    since = pd.Timestamp.now("UTC") - pd.Timedelta(minutes=minutes)
    pages = boto3.client("logs").get_paginator("filter_log_events")
    asked = {"logGroupName": group, "startTime": int(since.timestamp() * 1000)}
    events = [event for page in pages.paginate(**asked) for event in page["events"]]
    lines = pd.DataFrame([json.loads(event["message"]) for event in events])
    lines["time"] = pd.to_datetime([event["timestamp"] for event in events], unit="ms")
    mine = lines[lines.resource == resource]
    if mine.empty:
        return []
    second = mine.time.dt.strftime("%H:%M:%S").rename("second")
    used = mine.groupby(["key", "unit", second]).units.sum().reset_index()
    used["share"] = [u / {"RCU": 3000, "WCU": 1000}[k] for u, k in zip(used.units, used.unit)]
    used = used.sort_values("share", ascending=False).groupby(["key", "unit"], sort=False).head(1)
    return used[used.share > 0.5].to_dict("records")
