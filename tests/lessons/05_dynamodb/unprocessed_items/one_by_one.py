# misconception: a PutItem for each item is the same
# expect: BatchWriteItem takes 25 items
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for item in items:
        carts.Table(table).put_item(Item=item)
