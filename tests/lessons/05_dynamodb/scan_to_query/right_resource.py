from boto3.dynamodb.conditions import Key


def find_open(table: str, customer: str, since: str) -> list[str]:
    orders, found = boto3.resource("dynamodb").Table(table), []
    keys = Key("customer").eq(customer) & Key("statePlacedAt").between("OPEN#" + since, "OPEN#9999")
    asked = {"IndexName": "by-state", "KeyConditionExpression": keys}
    while True:
        page = orders.query(**asked)
        found += [item["orderId"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            return found
        asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
