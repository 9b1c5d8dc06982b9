# misconception: the time has to be filtered, since begins_with has taken the sort key
# expect: What is read and then dropped
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-state",
            KeyConditionExpression="customer = :c AND begins_with(statePlacedAt, :o)",
            FilterExpression="placedAt >= :p",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":p": {"S": since},
                ":o": {"S": "OPEN#"},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]]
