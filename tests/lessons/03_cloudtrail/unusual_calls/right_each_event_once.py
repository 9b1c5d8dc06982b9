def unusual_calls(records: list[dict], since: str) -> list[dict]:
    """The unusual times in CloudTrail records, from `since` on.

    records: management and data events in no particular order; only management events count. What
    lies before `since`, a full minute ("2026-03-15T00:00:00Z"), is the time to compare with.
    A kind of calls is, for insightType
        "ApiCallRateInsight": the calls of one eventName of one eventSource that do not only read;
        "ApiErrorRateInsight": those that failed with one errorCode, whether they read or not.
    Returns a dict for each episode, by start: insightType, eventSource, eventName, errorCode (None
    for a call rate), start and end (its first and last unusual minute).

    >>> unusual_calls(records, "2026-03-15T00:00:00Z")[0]["start"]
    '2026-03-15T04:17:00Z'
    """
    ### BEGIN SOLUTION
    rates: dict = {}
    for record in {r["eventID"]: r for r in records}.values():
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
        usual = max((count for minute, count in calls.items() if minute < since), default=0)
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
    ### END SOLUTION
