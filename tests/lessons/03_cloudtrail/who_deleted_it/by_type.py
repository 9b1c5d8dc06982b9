# misconception: Every identity has a type.
# expect: no requestParameters, no userIdentity.type
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
        if who["type"] == "AssumedRole":
            actor = who["sessionContext"]["sessionIssuer"]["userName"]
            session = who["arn"].rsplit("/", 1)[-1]
        elif who["type"] == "IAMUser":
            actor, session = who["userName"], None
        else:
            actor, session = who["invokedBy"], None
        return {
            "actor": actor,
            "session": session,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
