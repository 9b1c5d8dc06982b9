import statistics


def delivery_report(topic_arn: str) -> dict:
    region, owner, topic = topic_arn.split(":")[3:]
    logs_ = boto3.client("logs")
    there = {each["logGroupName"] for each in logs_.describe_log_groups()["logGroups"]}

    def deliveries(group: str) -> list:
        if group not in there:
            return []
        events, token = [], {}
        while True:
            answer = logs_.filter_log_events(logGroupName=group, **token)
            events += answer["events"]
            if "nextToken" not in answer:
                return [json.loads(event["message"])["delivery"] for event in events]
            token = {"nextToken": answer["nextToken"]}

    group = f"sns/{region}/{owner}/{topic}"
    taken = {each["deliveryId"]: each for each in deliveries(group)}
    failed: dict = {}
    for each in sorted(deliveries(group + "/Failure"), key=lambda each: each["attempts"]):
        failed[each["deliveryId"]] = each
    report: dict = {}
    for key, each in {**failed, **taken}.items():
        own = report.setdefault(
            each["destination"], {"deliveries": 0, "lost": 0, "refused": 0, "dwell_ms": []}
        )
        own["deliveries"] += 1
        if key in taken:
            own["dwell_ms"].append(each["dwellTimeMs"])
        else:
            own["lost"] += 1
            own["refused"] += str(each["statusCode"]).startswith("4") and each["statusCode"] != 429
    for own in report.values():
        own["dwell_ms"] = statistics.median(own["dwell_ms"]) if own["dwell_ms"] else None
    return report
