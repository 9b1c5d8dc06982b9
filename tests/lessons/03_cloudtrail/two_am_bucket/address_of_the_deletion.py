# misconception: The address of the deletion is the caller's.
# expect: the cause is not 'stolen key'
def two_am_bucket(bucket: str, midnight: str) -> dict:
    """What happened to a bucket last night, from Event history of the account that is open.

    midnight: when the night began, such as "2026-03-24T00:00:00Z". A bucket of that name may have
    been deleted and made again before; the deletion after midnight is asked, which succeeded.
    Returns a dict: time (eventTime of the deletion), role, session, address (sourceIPAddress),
    cause ("changed job", "wrong workspace" or "stolen key") and behind, by cause:
        changed job: the user whose change of the function's configuration
            (UpdateFunctionConfiguration..., the function is called like the session) was the last
            that succeeded before the deletion;
        wrong workspace: the user who called AssumeRole;
        stolen key: the access key that AssumeRole was called with.
    An address is unknown if the user has not called from it before midnight.

    >>> two_am_bucket("shop-exports", "2026-03-24T00:00:00Z")["role"]
    'ci-deploy'
    """

    ### BEGIN SOLUTION
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
        if done["sourceIPAddress"] in [record["sourceIPAddress"] for record in before]:
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
    ### END SOLUTION
