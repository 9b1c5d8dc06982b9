# misconception: Every caller has a userName in the record.
# expect: Who is user
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "EventSource", "AttributeValue": source}]
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=asked, StartTime=start, EndTime=end)
    )
    events = [event for page in pages for event in page["Events"]]
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    return [
        record
        for record in records
        if record["userIdentity"].get("userName") == user
        and record["eventSource"] == source
        and not record["readOnly"]
        and "errorCode" not in record
    ][::-1]
