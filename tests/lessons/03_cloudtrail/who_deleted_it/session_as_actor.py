# misconception: Who acts is the session, as Event history shows it.
# expect: Whose session is it
def who_deleted(records: list[dict], bucket: str) -> dict | None:
    for record in records:
        asked = record.get("requestParameters") or {}
        if (
            record["eventName"] != "DeleteBucket"
            or asked.get("bucketName") != bucket
            or "errorCode" in record
        ):
            continue
        who = record["userIdentity"]
        role = who.get("sessionContext", {}).get("sessionIssuer", {}).get("userName")
        return {
            "actor": who["arn"].rsplit("/", 1)[-1]
            if role
            else who.get("userName") or who.get("invokedBy"),
            "session": who["arn"].rsplit("/", 1)[-1] if role else None,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
