# misconception: Any form of a time is the time.
# expect: as it is written
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
            "session": who["arn"].rsplit("/", 1)[-1] if role else None,
            "address": record["sourceIPAddress"],
            "time": pd.Timestamp(record["eventTime"]).timestamp(),
        }
    return None
