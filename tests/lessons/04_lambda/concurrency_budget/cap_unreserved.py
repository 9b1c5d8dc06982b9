# misconception: what is not protected needs no reservation, so it cannot do harm
# expect: Reserved: [24, None, None]
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in plan:
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        if row["rule"] != "protect":
            continue
        needed = math.ceil(row["per_second"] * row["milliseconds"] * 12 / 10_000)
        if row["rule"] == "cap":
            needed = row["at_most"]
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=needed
        )
