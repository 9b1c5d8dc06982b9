# misconception: any shard will do, a reader can ask them all
# expect: On what does its shard depend, besides its id?
import zlib

sales = boto3.resource("dynamodb")


def put_order(table: str, sale: str, order: dict, shards: int) -> None:
    keys = {"pk": f"{sale}#{random.randrange(shards)}", "sk": order["orderId"]}
    sales.Table(table).put_item(Item={**order, **keys})


def get_order(table: str, sale: str, order_id: str, shards: int) -> dict | None:
    for shard in range(shards):
        found = sales.Table(table).get_item(Key={"pk": f"{sale}#{shard}", "sk": order_id})
        if "Item" in found:
            return found["Item"]


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
