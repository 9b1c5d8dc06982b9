# misconception: a version is small and may stay for ever.
# expect: has no TTL
from contextlib import suppress

from redis import WatchError


def get_product(cache, table, product_id: str) -> dict | None:
    key, version = f"product:{product_id}", f"version:{product_id}"
    with cache.pipeline() as pipe:
        pipe.watch(version)
        kept = pipe.get(key)
        if kept is not None:
            return json.loads(kept, parse_float=Decimal)
        item = table.get_item(Key={"id": product_id}, ConsistentRead=True).get("Item")
        pipe.multi()
        pipe.set(key, json.dumps(item, default=float), ex=300 if item else 30)
        with suppress(WatchError):
            pipe.execute()
    return item


def set_price(cache, table, product_id: str, price: Decimal) -> None:
    table.update_item(
        Key={"id": product_id},
        UpdateExpression="SET price = :price",
        ExpressionAttributeValues={":price": price},
    )
    cache.incr(f"version:{product_id}")
    cache.delete(f"product:{product_id}")
