# misconception: One answer holds everything.
# expect: all from the newest 50 events
def find_events(user: str, source: str, start, end) -> list[dict]:
    asked = [{"AttributeKey": "Username", "AttributeValue": user}]
    answer = boto3.client("cloudtrail").lookup_events(
        LookupAttributes=asked, StartTime=start, EndTime=end
    )
    records = [json.loads(event["CloudTrailEvent"]) for event in answer["Events"]]
    return [
        record
        for record in records
        if record["eventSource"] == source and not record["readOnly"] and "errorCode" not in record
    ][::-1]
