# misconception: a dict is a cache, too.
# expect: Where else do you keep it
kept: dict = {}


def get_product(cache, table, product_id: str) -> dict | None:
    item, until = kept.get(product_id, (None, 0))
    if time.time() < until:
        return item
    item = table.get_item(Key={"id": product_id}, ConsistentRead=True).get("Item")
    kept[product_id] = item, time.time() + (300 if item else 30)
    return item


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    table.update_item(
        Key={"id": product_id},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": price},
    )
    kept.pop(product_id, None)
