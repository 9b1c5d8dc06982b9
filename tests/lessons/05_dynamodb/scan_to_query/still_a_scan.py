# misconception: a scan of an index is a query
# expect: find_open still scans
def find_open(table: str, customer: str, since: str) -> list[str]:
    pages = (
        boto3.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=table,
            IndexName="by-state",
            FilterExpression="customer = :c AND statePlacedAt BETWEEN :a AND :b",
            ExpressionAttributeValues={
                ":c": {"S": customer},
                ":a": {"S": "OPEN#" + since},
                ":b": {"S": "OPEN#~"},
            },
        )
    )
    return [item["orderId"]["S"] for page in pages for item in page["Items"]]
