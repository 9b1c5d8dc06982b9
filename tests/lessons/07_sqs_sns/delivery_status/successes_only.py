# misconception: Failures stand in the same group as successes.
# expect: one of them with a retry
def delivery_report(topic_arn: str) -> dict:
    """What became of a topic's notifications, by the destinations in its delivery status logs.

    Every try was logged, and none is pending. A group that does not exist yet holds nothing.
    For each destination:
    - deliveries: copies that SNS had to deliver there, however often it tried;
    - lost: those that were never taken;
    - refused: those of the lost whose last answer was a client error;
    - dwell_ms: of those taken, the median of dwellTimeMs when they were; None if none was.

    >>> delivery_report("arn:aws:sns:us-east-1:123456789012:order-events")
    {'https://partner.example/orders': {'deliveries': 12, 'lost': 2, 'refused': 1, 'dwell_ms': 37.5}}
    """
    client = logs
    group = "sns/" + "/".join(topic_arn.split(":")[3:])
    last: dict = {}  # the last try of each copy
    for name in (group,):
        try:
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=name)
            lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
        except client.exceptions.ResourceNotFoundException:
            continue
        for line in lines:
            each = {**line["delivery"], "taken": line["status"] == "SUCCESS"}
            known = last.get(each["deliveryId"])
            if known is None or each["attempts"] > known["attempts"]:
                last[each["deliveryId"]] = each
    report = {}
    for destination in {each["destination"] for each in last.values()}:
        copies = [each for each in last.values() if each["destination"] == destination]
        lost = [each["statusCode"] for each in copies if not each["taken"]]
        dwell = [each["dwellTimeMs"] for each in copies if each["taken"]]
        report[destination] = {
            "deliveries": len(copies),
            "lost": len(lost),
            "refused": sum(400 <= status < 500 and status != 429 for status in lost),
            "dwell_ms": float(pd.Series(dwell).median()) if dwell else None,
        }
    return report
