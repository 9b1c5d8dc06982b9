# misconception: concurrency is the number of requests a second
# expect: how many run at once
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in plan:
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        if row["rule"] == "share":
            continue
        needed = row["per_second"]
        if row["rule"] == "cap":
            needed = row["at_most"]
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=needed
        )
