# misconception: concurrency is requests a second times milliseconds
# expect: is your unit of time the second?
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in plan:
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        if row["rule"] == "share":
            continue
        needed = math.ceil(1.2 * row["per_second"] * row["milliseconds"])
        if row["rule"] == "cap":
            needed = row["at_most"]
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=needed
        )
