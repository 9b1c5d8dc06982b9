# misconception: only full batches are sent
# expect: Of 30 items 25 are stored
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items) // 25 * 25, 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        left = {table: puts}
        while left:
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
