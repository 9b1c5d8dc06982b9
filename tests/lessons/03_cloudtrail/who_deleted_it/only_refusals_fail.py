# misconception: Only a refused call fails.
# expect: failed and deleted nothing. Others tried, too
def who_deleted(records: list[dict], bucket: str) -> dict | None:
    for record in records:
        asked = record.get("requestParameters") or {}
        if (
            record["eventName"] != "DeleteBucket"
            or asked.get("bucketName") != bucket
            or record.get("errorCode") == "AccessDenied"
        ):
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
