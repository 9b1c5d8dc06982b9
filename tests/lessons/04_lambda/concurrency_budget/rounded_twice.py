# misconception: each step is rounded up
# expect: rounding twice
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in plan:  # what was reserved earlier is given back first
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        if row["rule"] == "share":
            continue
        needed = (
            math.ceil(row["per_second"] * row["milliseconds"] / 1000) * 1.2
        )  # whole numbers: no rounding
        reserved = row["at_most"] if row["rule"] == "cap" else math.ceil(needed)
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=reserved
        )
