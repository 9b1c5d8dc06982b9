# misconception: a second deletion, a moment later, catches the slow reader.
# expect: For how long does a reader see
def get_product(cache, table, product_id: str) -> dict | None:
    key = f"product:{product_id}"
    kept = cache.get(key)
    if kept is not None:
        return json.loads(kept, parse_float=Decimal, parse_int=Decimal)
    item = table.get_item(Key={"id": product_id}, ConsistentRead=True).get("Item")
    cache.set(key, json.dumps(item, default=float), ex=300 if item else 30)
    return item


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    table.update_item(
        Key={"id": product_id},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": price},
    )
    cache.delete(f"product:{product_id}")
    time.sleep(0.1)
    cache.delete(f"product:{product_id}")
