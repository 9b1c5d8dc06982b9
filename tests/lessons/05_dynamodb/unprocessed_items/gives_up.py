# misconception: after ten attempts enough has been tried
# expect: more than nothing each time it was asked
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        left = {table: puts}
        for _, pause in zip(range(10), pauses(), strict=False):
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
            if not left:
                break
            time.sleep(pause)
