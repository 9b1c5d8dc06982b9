# misconception: Whatever a user called, the user changed.
# expect: calls only read
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "Username", "AttributeValue": user}]
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
        if record["eventSource"] == source and "errorCode" not in record
    ][::-1]
