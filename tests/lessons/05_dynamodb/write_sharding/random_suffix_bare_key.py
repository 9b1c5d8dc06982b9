# misconception: the order is still found under the sale
# expect: get_order does not find the order
import zlib

sales = boto3.resource("dynamodb")


def put_order(table: str, sale: str, order: dict, shards: int) -> None:
    keys = {"pk": f"{sale}#{random.randrange(shards)}", "sk": order["orderId"]}
    sales.Table(table).put_item(Item={**order, **keys})


def get_order(table: str, sale: str, order_id: str, shards: int) -> dict | None:
    key = {"pk": sale, "sk": order_id}
    return sales.Table(table).get_item(Key=key).get("Item")


def list_orders(table: str, sale: str, shards: int) -> list[dict]:
    pages = sales.meta.client.get_paginator("query")
    found = []
    for shard in range(shards):
        asked = {":p": f"{sale}#{shard}"}
        for page in pages.paginate(
            TableName=table, KeyConditionExpression="pk = :p", ExpressionAttributeValues=asked
        ):
            found += page["Items"]
    return sorted(found, key=lambda item: item["placedAt"])
