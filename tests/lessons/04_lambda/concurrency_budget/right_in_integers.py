def concurrency_budget(plan: list) -> None:
    client = boto3.client("lambda")
    wanted = {row["function"]: None for row in plan}
    for row in plan:
        if row["rule"] == "protect":
            wanted[row["function"]] = -(-12 * row["per_second"] * row["milliseconds"] // 10_000)
        elif row["rule"] == "cap":
            wanted[row["function"]] = row["at_most"]
    for name, number in sorted(wanted.items(), key=lambda item: item[1] is not None):
        now = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions")
        if now is not None and (number is None or number < now):
            if number is None:
                client.delete_function_concurrency(FunctionName=name)
            else:
                client.put_function_concurrency(
                    FunctionName=name, ReservedConcurrentExecutions=number
                )
    for name, number in wanted.items():
        if number is not None:
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=number)
