# misconception: nothing lies between OPEN# and P but open orders
# expect: Between which two texts do the wanted
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-state",
            KeyConditionExpression="customer = :c AND statePlacedAt BETWEEN :o AND :z",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":o": {"S": "OPEN#" + since},
                ":z": {"S": "P"},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]]
