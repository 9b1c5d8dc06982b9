# misconception: only what ends at no reservation is given back first
# expect: Which reservations are there from earlier
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row in [row for row in plan if row["rule"] == "share"]:
        client.delete_function_concurrency(FunctionName=row["function"])
    for row in plan:
        if row["rule"] == "share":
            continue
        needed = row["per_second"] * row["milliseconds"] * 12 / 10_000  # whole numbers: no rounding
        reserved = row["at_most"] if row["rule"] == "cap" else math.ceil(needed)
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=reserved
        )
