# misconception: Terraform calls come from the company's Terraform.
# expect: from where
def two_am_bucket(bucket: str, midnight: str) -> dict:

    def succeeded(key: str, value: str) -> list[dict]:
        """The records with this attribute that did not fail, newest first."""
        pages = (
            boto3.client("cloudtrail")
            .get_paginator("lookup_events")
            .paginate(LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}])
        )
        records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
        return [record for record in records if "errorCode" not in record]

    [done] = [
        record
        for record in succeeded("ResourceName", bucket)
        if record["eventName"] == "DeleteBucket" and record["eventTime"] >= midnight
    ]
    who = done["userIdentity"]
    [given] = [
        record
        for record in succeeded("EventName", "AssumeRole")
        if record["responseElements"]["credentials"]["accessKeyId"] == who["accessKeyId"]
    ]
    session, by = who["arn"].split("/")[-1], given["userIdentity"]
    if by["type"] == "AWSService":
        changes = [
            record["userIdentity"]["userName"]
            for record in succeeded("ResourceName", session)
            if record["eventName"].startswith("UpdateFunctionConfiguration")
            and record["eventTime"] < done["eventTime"]
        ]
        cause, behind = "changed job", changes[0]
    else:
        before = [r for r in succeeded("Username", by["userName"]) if r["eventTime"] < midnight]
        if "Terraform" in given["userAgent"]:
            cause, behind = "wrong workspace", by["userName"]
        else:
            cause, behind = "stolen key", by["accessKeyId"]
    return {
        "time": done["eventTime"],
        "role": who["sessionContext"]["sessionIssuer"]["userName"],
        "session": session,
        "address": done["sourceIPAddress"],
        "cause": cause,
        "behind": behind,
    }
