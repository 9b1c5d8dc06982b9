# misconception: What stands last in principalId is a session.
# expect: no role was assumed
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
            "actor": role or who.get("userName") or who.get("invokedBy"),
            "session": who.get("principalId", "").rpartition(":")[2] or None,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
