# misconception: every function needs a reservation of its own
# expect: Reserved: [24, 6, 18]
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in plan:
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        needed = math.ceil(row["per_second"] * row["milliseconds"] * 12 / 10_000)
        if row["rule"] == "cap":
            needed = row["at_most"]
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=needed
        )
