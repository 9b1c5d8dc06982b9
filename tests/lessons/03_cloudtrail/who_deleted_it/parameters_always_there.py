# misconception: Every record has parameters.
# expect: no requestParameters, no userIdentity.type
def who_deleted(records: list[dict], bucket: str) -> dict | None:
    calls = [each for each in records if "bucketName" in each["requestParameters"]]
    calls = [each for each in calls if each["requestParameters"]["bucketName"] == bucket]
    for record in calls:
        if record["eventName"] != "DeleteBucket" or "errorCode" in record:
            continue
        who = record["userIdentity"]
        role = who.get("sessionContext", {}).get("sessionIssuer", {}).get("userName")
        return {
            "actor": role or who.get("userName") or who.get("invokedBy"),
            "session": who["arn"].rsplit("/", 1)[-1] if role else None,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
