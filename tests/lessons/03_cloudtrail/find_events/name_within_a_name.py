# misconception: A user is found by a part of the ARN.
# expect: made by somebody else
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
    pages = (
        boto3.client("cloudtrail")
        .get_paginator("lookup_events")
        .paginate(StartTime=start, EndTime=end)
    )
    records = [json.loads(e["CloudTrailEvent"]) for page in pages for e in page["Events"]]
    return sorted(
        [
            r
            for r in records
            if user in r["userIdentity"].get("arn", "")
            and r["eventSource"] == source
            and not r["readOnly"]
            and "errorCode" not in r
        ],
        key=lambda r: r["eventTime"],
    )
