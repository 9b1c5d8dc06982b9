def delivery_report(topic_arn: str) -> dict:
    group = "sns/" + "/".join(topic_arn.split(":")[3:])
    listed = boto3.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    wanted = {group, f"{group}/Failure"} & {each["logGroupName"] for each in listed}
    tries = ask(
        """fields delivery.deliveryId as id, delivery.destination as destination, status,
            delivery.attempts as attempt, delivery.statusCode as code, delivery.dwellTimeMs as dwell
        | display id, destination, status, attempt, code, dwell | limit 10000""",
        *sorted(wanted),
    )
    last = tries.sort_values("attempt").groupby("id").tail(1)
    report = {}
    for destination, copies in last.groupby("destination"):
        taken = copies.status == "SUCCESS"
        client_error = copies.code.between(400, 499) & (copies.code != 429)
        report[destination] = {
            "deliveries": int(len(copies)),
            "lost": int((~taken).sum()),
            "refused": int((client_error & ~taken).sum()),
            "dwell_ms": float(copies.dwell[taken].median()) if taken.any() else None,
        }
    return report
