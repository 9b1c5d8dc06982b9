from boto3.dynamodb.types import TypeDeserializer, TypeSerializer


def to_text(item: dict | None) -> str:
    return "" if item is None else json.dumps(TypeSerializer().serialize(item))


def get_product(cache, table, product_id: str) -> dict | None:
    kept = cache.get("item " + product_id)
    if kept is None:
        item = table.get_item(Key={"id": product_id}, ConsistentRead=True).get("Item")
        cache.set("item " + product_id, to_text(item), ex=300 if item else 20, nx=True)
        return item
    return TypeDeserializer().deserialize(json.loads(kept)) if kept else None


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    answer = table.update_item(
        Key={"id": product_id},
        UpdateExpression="SET #price = :price",
        ExpressionAttributeNames={"#price": "price"},
        ExpressionAttributeValues={":price": price},
        ReturnValues="ALL_NEW",
    )
    cache.set("item " + product_id, to_text(answer["Attributes"]), ex=300)
