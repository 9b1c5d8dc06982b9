# misconception: The first to call DeleteBucket deleted the bucket.
# expect: deleted nothing. Which field says so
def who_deleted(records: list[dict], bucket: str) -> dict | None:
    for record in sorted(records, key=lambda each: each["eventTime"]):
        asked = record.get("requestParameters") or {}
        if record["eventName"] == "DeleteBucket" and asked.get("bucketName") == bucket:
            who = record["userIdentity"]
            issuer = who.get("sessionContext", {}).get("sessionIssuer", {})
            return {
                "actor": issuer.get("userName") or who.get("userName") or who.get("invokedBy"),
                "session": who["arn"].rsplit("/", 1)[-1] if issuer else None,
                "address": record["sourceIPAddress"],
                "time": record["eventTime"],
            }
    return None
