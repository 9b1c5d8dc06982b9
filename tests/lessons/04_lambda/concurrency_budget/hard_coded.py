# misconception: what the visible test expects is right for every plan
# expect: Another Region
def concurrency_budget(plan: list) -> None:
    import math

    client = boto3.client("lambda")
    for row, number in zip(plan, (24, 6), strict=False):
        client.put_function_concurrency(
            FunctionName=row["function"], ReservedConcurrentExecutions=number
        )
