# misconception: versions that are the same a moment before are the same.
# expect: right before it fills
def get_product(cache, table, product_id: str) -> dict | None:
    key, version = f"product:{product_id}", f"version:{product_id}"
    kept = cache.get(key)
    if kept is not None:
        return json.loads(kept, parse_float=Decimal, parse_int=Decimal)
    seen = cache.get(version)
    item = table.get_item(Key={"id": product_id}, ConsistentRead=True).get("Item")
    if cache.get(version) == seen:
        cache.set(key, json.dumps(item, default=float), ex=300 if item else 30)
    return item


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    table.update_item(
        Key={"id": product_id},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": price},
    )
    cache.incr(f"version:{product_id}")
    cache.expire(f"version:{product_id}", 3600)
    cache.delete(f"product:{product_id}")
