# misconception: to read from the beginning of the month on is near enough
# expect: What is read and then dropped
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-state",
            KeyConditionExpression="customer = :c AND statePlacedAt BETWEEN :a AND :b",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":a": {"S": "OPEN#" + since[:7]},
                ":b": {"S": "OPEN#~"},
            },
        )
    )
    found = [item for page in pages for item in page["Items"] if item["placedAt"]["S"] >= since]
    return [item["orderId"]["S"] for item in found]
