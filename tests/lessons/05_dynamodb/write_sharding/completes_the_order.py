# misconception: an order that is given is mine to complete with its keys
# expect: changed the order that it was given
import zlib

sales = boto3.resource("dynamodb")


def put_order(table, sale, order, shards):
    order["pk"] = f"{sale}#{shard_of(order['orderId'], shards)}"
    order["sk"] = order["orderId"]
    sales.Table(table).put_item(Item=order)


def get_order(table, sale, order_id, shards):
    key = {"pk": f"{sale}#{shard_of(order_id, shards)}", "sk": order_id}
    return sales.Table(table).get_item(Key=key).get("Item")


def list_orders(table, sale, shards):
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


def shard_of(order_id, shards):
    return zlib.crc32(order_id.encode()) % shards
