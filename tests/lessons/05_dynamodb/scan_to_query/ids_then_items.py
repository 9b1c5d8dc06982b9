# misconception: an index only finds keys, the items come from the table
# expect: or fetched a second time
def find_open(table: str, customer: str, since: str) -> list[str]:
    client = boto3.client("dynamodb")
    pages = client.get_paginator("query").paginate(
        TableName=table,
        IndexName="by-state",
        KeyConditionExpression="customer = :c AND statePlacedAt BETWEEN :a AND :b",
        ExpressionAttributeValues={
            ":c": {"S": customer},
            ":a": {"S": "OPEN#" + since},
            ":b": {"S": "OPEN#~"},
        },
    )
    keys = [{"orderId": item["orderId"]} for page in pages for item in page["Items"]]
    return [client.get_item(TableName=table, Key=key)["Item"]["orderId"]["S"] for key in keys]
