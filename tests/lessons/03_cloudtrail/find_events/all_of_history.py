# misconception: The range is for the console.
# expect: outside the range
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "Username", "AttributeValue": user}]
    pages = (
        boto3.client("cloudtrail").get_paginator("lookup_events").paginate(LookupAttributes=asked)
    )
    events = [event for page in pages for event in page["Events"]]
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    return [
        record
        for record in records
        if record["eventSource"] == source and not record["readOnly"] and "errorCode" not in record
    ][::-1]
