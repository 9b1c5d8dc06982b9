# misconception: there is always at least one batch
# expect: 0 items of 0.1 KB into a table with plenty of capacity
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    batches = [items[first : first + 25] for first in range(0, len(items), 25)] or [[]]
    for batch in batches:
        left = {table: [{"PutRequest": {"Item": item}} for item in batch]}
        while left:
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
