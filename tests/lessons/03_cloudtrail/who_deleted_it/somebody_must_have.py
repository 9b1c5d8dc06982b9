# misconception: Somebody always did it.
# expect: somebody may have deleted nothing
def who_deleted(records: list[dict], bucket: str) -> dict | None:
    [record] = [
        each
        for each in records
        if each["eventName"] == "DeleteBucket"
        and each["requestParameters"]["bucketName"] == bucket
        and "errorCode" not in each
    ]
    who = record["userIdentity"]
    role = who.get("sessionContext", {}).get("sessionIssuer", {}).get("userName")
    return {
        "actor": role or who.get("userName") or who.get("invokedBy"),
        "session": who["arn"].rsplit("/", 1)[-1] if role else None,
        "address": record["sourceIPAddress"],
        "time": record["eventTime"],
    }
