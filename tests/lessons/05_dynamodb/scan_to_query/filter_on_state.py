# misconception: a query with a filter reads only what it returns
# expect: What is read and then dropped
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-customer",
            KeyConditionExpression="customer = :c AND placedAt >= :p",
            FilterExpression="#s = :s",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":p": {"S": since},
                ":s": {"S": "OPEN"},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]]
