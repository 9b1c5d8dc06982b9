# misconception: There is at most one more page.
# expect: newest 100 events
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
    client = boto3.client("cloudtrail")
    asked = {
        "LookupAttributes": [{"AttributeKey": "Username", "AttributeValue": user}],
        "StartTime": start,
        "EndTime": end,
    }
    answer = client.lookup_events(**asked)
    events = answer["Events"]
    if "NextToken" in answer:
        events += client.lookup_events(**asked, NextToken=answer["NextToken"])["Events"]
    records = [json.loads(e["CloudTrailEvent"]) for e in events]
    return sorted(
        [
            r
            for r in records
            if r["eventSource"] == source and not r["readOnly"] and "errorCode" not in r
        ],
        key=lambda r: r["eventTime"],
    )
