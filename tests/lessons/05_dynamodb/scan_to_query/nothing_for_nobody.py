# misconception: no orders are None
# expect: a list, empty
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
                ":a": {"S": "OPEN#" + since},
                ":b": {"S": "OPEN#~"},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]] or None
