# misconception: the state is the beginning of the sort key
# expect: You also found one of
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-state",
            KeyConditionExpression="customer = :c AND begins_with(statePlacedAt, :o)",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":o": {"S": "OPEN"},
            },
        )
    )
    found = [item for page in pages for item in page["Items"] if item["placedAt"]["S"] >= since]
    return [item["orderId"]["S"] for item in found]
