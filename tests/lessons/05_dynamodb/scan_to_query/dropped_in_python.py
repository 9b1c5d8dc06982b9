# misconception: to sort out in Python costs nothing
# expect: What is read and then dropped
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table,
            IndexName="by-customer",
            KeyConditionExpression="customer = :c AND placedAt >= :p",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":p": {"S": since},
            },
        )
    )
    found = [item for page in pages for item in page["Items"]]
    return [item["orderId"]["S"] for item in found if item["state"]["S"] == "OPEN"]
