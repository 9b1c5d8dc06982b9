# misconception: what was left is taken the second time
# expect: after the second time, too?
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        left = carts.meta.client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]
        if left:
            time.sleep(0.2)
            carts.meta.client.batch_write_item(RequestItems=left)
