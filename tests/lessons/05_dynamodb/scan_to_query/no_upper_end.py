# misconception: from OPEN#since on there are only open orders
# expect: Between which two texts
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-state",
            KeyConditionExpression="customer = :c AND statePlacedAt >= :o",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":o": {"S": "OPEN#" + since},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]]
