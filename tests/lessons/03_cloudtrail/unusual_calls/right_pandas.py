def unusual_calls(records: list[dict], since: str) -> list[dict]:
    frame = pd.DataFrame(records)
    if "errorCode" not in frame:
        frame["errorCode"] = None
    frame = frame[frame.eventCategory == "Management"]
    frame = frame.assign(minute=pd.to_datetime(frame.eventTime).dt.floor("min"))
    rates = frame[~frame.readOnly.astype(bool)].assign(
        insightType="ApiCallRateInsight", errorCode=""
    )
    errors = frame[frame.errorCode.notna()].assign(insightType="ApiErrorRateInsight")
    by = ["insightType", "eventSource", "eventName", "errorCode"]
    found = []
    for kind, calls in pd.concat([rates, errors]).groupby(by):
        counts = calls.groupby("minute").size().sort_index()
        before, after = counts[counts.index < since], counts[counts.index >= since]
        usual = before.max() if len(before) else 0
        busy = after[(after >= 10) & (after > 3 * usual)].index.to_series()
        number = (busy.diff() > pd.Timedelta(minutes=5)).cumsum()
        for _, minutes in busy.groupby(number):
            one = dict(zip(by, kind, strict=True))
            one["errorCode"] = one["errorCode"] or None
            one["start"] = f"{minutes.iloc[0]:%Y-%m-%dT%H:%M:00Z}"
            one["end"] = f"{minutes.iloc[-1]:%Y-%m-%dT%H:%M:00Z}"
            found.append(one)
    return sorted(found, key=lambda one: one["start"])
