def two_am_bucket(bucket: str, midnight: str) -> dict:
    pages = boto3.client("cloudtrail").get_paginator("lookup_events").paginate()
    records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
    records = [record for record in records if not record.get("errorCode")]
    records.sort(key=lambda record: record["eventTime"])
    for record in records:
        asked = record["requestParameters"] or {}
        if record["eventName"] == "DeleteBucket" and asked["bucketName"] == bucket:
            done = record
    key = done["userIdentity"]["accessKeyId"]
    for record in records:
        if record["eventName"] != "AssumeRole":
            continue
        if record["responseElements"]["credentials"]["accessKeyId"] == key:
            given = record
    session = given["requestParameters"]["roleSessionName"]
    user = given["userIdentity"].get("userName")
    known = {
        record["sourceIPAddress"]
        for record in records
        if record["eventTime"] < midnight and record["userIdentity"].get("userName") == user
    }
    found = {
        "time": done["eventTime"],
        "role": given["requestParameters"]["roleArn"].split("/")[-1],
        "session": session,
        "address": done["sourceIPAddress"],
    }
    if user is None:
        for record in records:
            asked = record["requestParameters"] or {}
            if (
                record["eventName"] == "UpdateFunctionConfiguration20150331v2"
                and asked["functionName"] == session
                and record["eventTime"] < done["eventTime"]
            ):
                behind = record["userIdentity"]["userName"]
        return found | {"cause": "changed job", "behind": behind}
    if given["sourceIPAddress"] in known:
        return found | {"cause": "wrong workspace", "behind": user}
    return found | {"cause": "stolen key", "behind": given["userIdentity"]["accessKeyId"]}
