# misconception: a query with both keys is a GetItem
# expect: the whole key is known
import zlib

sales = boto3.resource("dynamodb")


def put_order(table: str, sale: str, order: dict, shards: int) -> None:
    keys = {"pk": f"{sale}#{shard_of(order['orderId'], shards)}", "sk": order["orderId"]}
    sales.Table(table).put_item(Item={**order, **keys})


def get_order(table: str, sale: str, order_id: str, shards: int) -> dict | None:
    found = sales.Table(table).query(
        KeyConditionExpression="pk = :p AND sk = :s",
        ExpressionAttributeValues={":p": f"{sale}#{shard_of(order_id, shards)}", ":s": order_id},
    )
    return found["Items"][0] if found["Items"] else None


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


def shard_of(order_id: str, shards: int) -> int:
    return zlib.crc32(order_id.encode()) % shards
