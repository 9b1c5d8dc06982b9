# misconception: any number up to 25 is as good
# expect: Fill the batches
carts = boto3.resource("dynamodb")  # it, and its carts.meta.client, take plain Python values


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items), 10):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 10]]
        left = {table: puts}
        for pause in pauses():
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
            if not left:
                break
            time.sleep(pause)
