# misconception: Several attributes narrow one request.
# expect: AWS refuses
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [
        {"AttributeKey": "Username", "AttributeValue": user},
        {"AttributeKey": "EventSource", "AttributeValue": source},
    ]
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(LookupAttributes=asked, StartTime=start, EndTime=end)
    )
    events = [event for page in pages for event in page["Events"]]
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    return [record for record in records if not record["readOnly"] and "errorCode" not in record][
        ::-1
    ]
