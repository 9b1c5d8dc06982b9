# misconception: CloudTrailEvent is a dict already.
# expect: parse the JSON text
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "Username", "AttributeValue": user}]
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=asked, StartTime=start, EndTime=end)
    )
    events = [event for page in pages for event in page["Events"]]
    return [event["CloudTrailEvent"] for event in events if event["ReadOnly"] == "false"][::-1]
