# misconception: a batch of one is a batch
# expect: Fill the batches
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for item in items:
        left = {table: [{"PutRequest": {"Item": item}}]}
        while left:
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
            time.sleep(0.1)
