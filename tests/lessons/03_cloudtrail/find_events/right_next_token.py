def find_events(user: str, source: str, start, end) -> list[dict]:
    client = boto3.client("cloudtrail")
    asked = {"LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]}
    asked |= {"StartTime": start, "EndTime": end, "MaxResults": 20}
    found = []
    while True:
        answer = client.lookup_events(**asked)
        for event in answer["Events"]:
            if event.get("Username") == user and event["EventSource"] == source:
                found.append(json.loads(event["CloudTrailEvent"]))
        if "NextToken" not in answer:
            break
        asked["NextToken"] = answer["NextToken"]
    found = [record for record in found if "errorMessage" not in record]
    found.reverse()
    return found
