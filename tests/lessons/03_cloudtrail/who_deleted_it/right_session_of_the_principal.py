def who_deleted(records: list[dict], bucket: str) -> dict | None:
    """Who deleted a bucket, and when, out of CloudTrail records in no particular order.

    Returns {"actor", "session", "address", "time"}: the name of the user, role or service; the
    name of the role's session, else None; the source address; the eventTime as it is written.
    None if nobody deleted this bucket. It was deleted at most once.

    >>> who_deleted(records, "shop-drafts")
    {'actor': 'ci', 'session': 'run-7', 'address': '192.0.2.1', 'time': '2026-03-01T04:05:06Z'}
    """
    ### BEGIN SOLUTION
    for record in records:
        asked = record.get("requestParameters") or {}
        if record["eventName"] != "DeleteBucket" or asked.get("bucketName") != bucket:
            continue
        if record.get("errorCode"):
            continue
        who = record["userIdentity"]
        role = ((who.get("sessionContext") or {}).get("sessionIssuer") or {}).get("userName")
        return {
            "actor": role or who.get("userName") or who.get("invokedBy"),
            "session": who["principalId"].split(":")[-1] if role else None,
            "address": record["sourceIPAddress"],
            "time": record["eventTime"],
        }
    return None
    ### END SOLUTION
