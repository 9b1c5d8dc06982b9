# misconception: Get, List and Describe are all the reads there are.
# expect: calls only read
def find_events(user: str, source: str, start, end) -> list[dict]:
    """What a user changed through one service, from Event history.

    user: as Event history shows it. source: an event source. start, end: datetimes in UTC; both
    ends belong to the range.
    Returns the records (the parsed CloudTrailEvent) of the calls that change something and did not
    fail, oldest first; an empty list if there are none.

    >>> morning = (shop.now - timedelta(hours=4), shop.now)
    >>> find_events("build-294", "lambda.amazonaws.com", *morning)[0]["eventName"]
    'UpdateFunctionCode20150331v2'
    """
    ### BEGIN SOLUTION
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(
            LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": user}],
            StartTime=start,
            EndTime=end,
        )
    )
    records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
    kept = [
        record
        for record in records
        if record["eventSource"] == source
        and not record["eventName"].startswith(("Get", "List", "Describe"))
        and "errorCode" not in record
    ]
    return sorted(kept, key=lambda record: record["eventTime"])
    ### END SOLUTION
