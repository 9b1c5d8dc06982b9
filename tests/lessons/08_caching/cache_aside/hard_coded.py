# misconception: the visible tests are all there is.
# expect: answers without the table
def get_product(cache, table, product_id: str) -> dict | None:
    price = cache.get(product_id) or "12.50"
    return {
        "id": "mug",
        "name": "Mug, blue",
        "price": Decimal(price),
        "stock": Decimal("40"),
    }


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    table.update_item(
        Key={"id": product_id},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": price},
    )
    cache.set(product_id, str(price))
