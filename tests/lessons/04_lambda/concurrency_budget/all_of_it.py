# misconception: what nobody reserves is wasted
# expect: Reserved: [
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in plan:
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        if row["rule"] == "share":
            continue
        needed = math.ceil(row["per_second"] * row["milliseconds"] * 12 / 10_000)
        if row["rule"] == "cap":
            needed = row["at_most"]
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=needed
        )
    left = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] - 100
    first = next(row["function"] for row in plan if row["rule"] == "protect")
    now = client.get_function_concurrency(FunctionName=first)["ReservedConcurrentExecutions"]
    client.put_function_concurrency(FunctionName=first, ReservedConcurrentExecutions=now + left)
