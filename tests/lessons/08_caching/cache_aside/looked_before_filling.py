# misconception: to look once more before filling is as good as filling only what is free.
# expect: right before it fills
def get_product(cache, table, product_id: str) -> dict | None:
    """The item of a product, from the cache or else from the table; None if there is none.

    cache: a redis.Redis with decode_responses=True. table: boto3's Table, with the key "id".
    The item is the same wherever it comes from: texts are str, numbers Decimal (or int).
    - An item that was read from the table is in the cache for 300 s from then on, however often it
      is asked for, unless set_price comes.
    - That there is no such product is remembered for 10 to 60 s, unless set_price makes one.
    - Every key in the cache has a TTL.

    >>> get_product(cache, table, "mug")
    {'id': 'mug', 'name': 'Mug, blue', 'price': Decimal('12.50'), 'stock': Decimal('40')}
    """
    key = f"product:{product_id}"
    kept = cache.get(key)
    if kept not in (None, "changed"):
        return json.loads(kept, parse_float=Decimal, parse_int=Decimal)
    item = table.get_item(Key={"id": product_id}, ConsistentRead=True).get("Item")
    # Not where another reader, or the mark of an update, has come before.
    if cache.get(key) is None:
        cache.set(key, json.dumps(item, default=float), ex=300 if item else 30)
    return item


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    """Sets one product's price in the table; it may make a product that has no more than that.

    Its other attributes stay as they are. If the table refuses, the error reaches the caller and
    readers go on getting what is stored. At the latest 10 s after the update, readers are
    answered from the cache again (from their second read on).
    """
    table.update_item(
        Key={"id": product_id},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": price},
    )
    cache.set(f"product:{product_id}", "changed", ex=5)
