# misconception: Every caller has a userName.
# expect: Where does this kind of identity have its name
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
            "actor": who.get("userName"),
            "session": None,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
