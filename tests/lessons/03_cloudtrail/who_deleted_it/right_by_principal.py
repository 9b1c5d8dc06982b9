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
        arn, session = who.get("arn", ""), None
        if ":assumed-role/" in arn:
            _, name, session = arn.split("/")
        elif ":user/" in arn:
            name = arn.rsplit("/", 1)[-1]
        else:
            name = who["invokedBy"]
        return {
            "actor": name,
            "session": session,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
