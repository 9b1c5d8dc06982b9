carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    with carts.Table(table).batch_writer() as batch:
        for item in items:
            batch.put_item(Item=item)
