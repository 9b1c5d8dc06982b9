# misconception: one query gives one answer
# expect: did not all come in one page
def find_open(table: str, customer: str, since: str) -> list[str]:
    found = boto3.client("dynamodb").query(
        TableName=table,
        IndexName="by-state",
        KeyConditionExpression="customer = :c AND statePlacedAt BETWEEN :a AND :b",
        ExpressionAttributeValues={
            ":c": {"S": customer},
            ":a": {"S": "OPEN#" + since},
            ":b": {"S": "OPEN#~"},
        },
    )
    return [item["orderId"]["S"] for item in found["Items"]]
