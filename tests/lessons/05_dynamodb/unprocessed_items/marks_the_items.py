# misconception: an own attribute more does no harm
# expect: not stored as it was given
carts = boto3.resource("dynamodb")  # it, and its carts.meta.client, take plain Python values


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items), 25):
        puts = [
            {"PutRequest": {"Item": {**item, "tries": 1}}} for item in items[first : first + 25]
        ]
        left = {table: puts}
        for pause in pauses():
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
            if not left:
                break
            time.sleep(pause)
