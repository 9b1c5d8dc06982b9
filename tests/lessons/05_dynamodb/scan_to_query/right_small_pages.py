def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-state",
            Limit=1,
            KeyConditionExpression="customer = :c AND statePlacedAt BETWEEN :from AND :to",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":from": {"S": f"OPEN#{since}"},
                ":to": {"S": "OPEN#~"},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]]
