# misconception: reservations from earlier do not matter
# expect: when are they given back?
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in plan:
        if row["rule"] == "share":
            continue
        needed = math.ceil(row["per_second"] * row["milliseconds"] * 12 / 10_000)
        if row["rule"] == "cap":
            needed = row["at_most"]
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=needed
        )
