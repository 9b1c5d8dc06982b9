import hashlib

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

sales = boto3.client("dynamodb")


def place(sale: str, order_id: str, shards: int) -> dict:
    number = int(hashlib.sha256(order_id.encode()).hexdigest(), 16) % shards
    return {"pk": {"S": f"{sale}#{number}"}, "sk": {"S": order_id}}


def plain(item: dict) -> dict:
    values = {name: TypeDeserializer().deserialize(value) for name, value in item.items()}
    return {name: value for name, value in values.items() if name not in ("pk", "sk")}


def put_order(table: str, sale: str, order: dict, shards: int) -> None:
    item = {name: TypeSerializer().serialize(value) for name, value in order.items()}
    sales.put_item(TableName=table, Item={**item, **place(sale, order["orderId"], shards)})


def get_order(table: str, sale: str, order_id: str, shards: int) -> dict | None:
    answer = sales.get_item(TableName=table, Key=place(sale, order_id, shards))
    return plain(answer["Item"]) if "Item" in answer else None


def list_orders(table: str, sale: str, shards: int) -> list[dict]:
    found = []
    for number in range(shards):
        asked = {"TableName": table, "KeyConditionExpression": "pk = :p"}
        asked["ExpressionAttributeValues"] = {":p": {"S": f"{sale}#{number}"}}
        while True:
            page = sales.query(**asked)
            found += [plain(item) for item in page["Items"]]
            if not page.get("LastEvaluatedKey"):
                break
            asked["ExclusiveStartKey"] = page["LastEvaluatedKey"]
    found.sort(key=lambda order: order["placedAt"])
    return found
