# misconception: a batch writes as many items as BatchGetItem reads
# expect: AWS refuses what store_all asks for
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items), 100):
        left = {table: [{"PutRequest": {"Item": item}} for item in items[first : first + 100]]}
        while left:
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
