# misconception: The range is open at its ends.
# expect: at the very start or end of the range
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "Username", "AttributeValue": user}]
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=asked, StartTime=start, EndTime=end)
    )
    events = [event for page in pages for event in page["Events"]]
    moments = (f"{start:%Y-%m-%dT%H:%M:%SZ}", f"{end:%Y-%m-%dT%H:%M:%SZ}")
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    kept = [r for r in records if moments[0] < r["eventTime"] < moments[1]]
    return [
        record
        for record in reversed(kept)
        if record["eventSource"] == source and not record["readOnly"] and "errorCode" not in record
    ]
