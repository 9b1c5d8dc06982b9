# misconception: the year ends every search
# expect: upper bound to be greater
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-state",
            KeyConditionExpression="customer = :c AND statePlacedAt BETWEEN :from AND :to",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":from": {"S": f"OPEN#{since}"},
                ":to": {"S": "OPEN#2026-12-31"},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]]
