def get_product(cache, table, product_id: str) -> dict | None:
    key = f"product:{product_id}"
    kept = cache.get(key)
    if kept is None:
        with cache.lock(f"lock:{product_id}", timeout=5, sleep=0.02):
            kept = cache.get(key)
            if kept is None:
                found = table.get_item(Key={"id": product_id}, ConsistentRead=True)
                item = found.get("Item")
                cache.set(key, json.dumps(item, default=float), ex=300 if item else 30)
                return item
    return json.loads(kept, parse_float=Decimal)


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    with cache.lock(f"lock:{product_id}", timeout=5, sleep=0.02):
        table.update_item(
            Key={"id": product_id},
            UpdateExpression="SET price = :price",
            ExpressionAttributeValues={":price": price},
        )
        cache.delete(f"product:{product_id}")
