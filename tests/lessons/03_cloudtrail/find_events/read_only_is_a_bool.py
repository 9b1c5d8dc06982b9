# misconception: ReadOnly in the answer is true or false, not a text.
# expect: Is ReadOnly a bool
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "Username", "AttributeValue": user}]
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=asked, StartTime=start, EndTime=end)
    )
    events = [event for page in pages for event in page["Events"]]
    found = [
        json.loads(event["CloudTrailEvent"])
        for event in events
        if event["EventSource"] == source and not event["ReadOnly"]
    ]
    return [record for record in reversed(found) if "errorCode" not in record]
