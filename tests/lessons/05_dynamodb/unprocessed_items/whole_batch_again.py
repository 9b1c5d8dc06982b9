# misconception: the batch has to be repeated until it comes back clean
# expect: some were written again
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        pause = 0.2
        while carts.meta.client.batch_write_item(RequestItems={table: puts})["UnprocessedItems"]:
            time.sleep(pause)
            pause *= 2
