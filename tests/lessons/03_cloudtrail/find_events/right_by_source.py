def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "EventSource", "AttributeValue": source}]
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=asked, StartTime=start, EndTime=end)
    )
    events = [event for page in pages for event in page["Events"]]
    found = [
        json.loads(event["CloudTrailEvent"])
        for event in events
        if event.get("Username") == user and event["ReadOnly"] == "false"
    ]
    return [record for record in reversed(found) if record.get("errorCode") is None]
