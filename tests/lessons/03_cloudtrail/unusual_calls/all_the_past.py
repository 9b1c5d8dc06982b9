# misconception: Compare with the busiest minute there is.
# expect: busiest minute of its own
def unusual_calls(records: list[dict], since: str) -> list[dict]:
    rates: dict = {}
    for record in records:
        if record["eventCategory"] != "Management":
            continue
        minute = record["eventTime"][:16] + ":00Z"
        kinds = [] if record["readOnly"] else [("ApiCallRateInsight", None)]
        if "errorCode" in record:
            kinds.append(("ApiErrorRateInsight", record["errorCode"]))
        for kind, code in kinds:
            calls = rates.setdefault((kind, record["eventSource"], record["eventName"], code), {})
            calls[minute] = calls.get(minute, 0) + 1
    found = []
    for (kind, source, name, code), calls in rates.items():
        usual = max((count for minute, count in calls.items()), default=0)
        limit = max(9, 3 * usual)
        episode = None
        for minute in sorted(m for m, count in calls.items() if m >= since and count > limit):
            gap = episode and pd.Timestamp(minute) - pd.Timestamp(episode["end"])
            if episode is None or gap > timedelta(minutes=5):
                episode = {"insightType": kind, "eventSource": source, "eventName": name}
                episode |= {"errorCode": code, "start": minute}
                found.append(episode)
            episode["end"] = minute
    return sorted(found, key=lambda episode: episode["start"])
