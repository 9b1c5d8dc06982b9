# misconception: Whoever has a sessionContext is a role.
# expect: actor is None
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
        role = "sessionContext" in who
        return {
            "actor": who["sessionContext"]["sessionIssuer"].get("userName")
            if role
            else who.get("userName") or who.get("invokedBy"),
            "session": who["arn"].rsplit("/", 1)[-1] if role else None,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
