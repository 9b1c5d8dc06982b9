# misconception: what a function keeps for itself is there for all
# expect: Another process chooses other shards
import itertools
import zlib

turn = itertools.count()
sales = boto3.resource("dynamodb")  # plain Python values


def put_order(table: str, sale: str, order: dict, shards: int) -> None:
    keys = {"pk": f"{sale}#{shard_of(order['orderId'], shards)}", "sk": order["orderId"]}
    sales.Table(table).put_item(Item={**order, **keys})


def get_order(table: str, sale: str, order_id: str, shards: int) -> dict | None:
    key = {"pk": f"{sale}#{shard_of(order_id, shards)}", "sk": order_id}
    return sales.Table(table).get_item(Key=key).get("Item")


def list_orders(table: str, sale: str, shards: int) -> list[dict]:
    pages = sales.meta.client.get_paginator("query")
    found = [
        item
        for shard in range(shards)
        for page in pages.paginate(
            TableName=table,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": f"{sale}#{shard}"},
        )
        for item in page["Items"]
    ]
    return sorted(found, key=lambda item: item["placedAt"])


def shard_of(order_id: str, shards: int, placed: dict = {}) -> int:  # noqa: B006
    return placed.setdefault(order_id, next(turn)) % shards
