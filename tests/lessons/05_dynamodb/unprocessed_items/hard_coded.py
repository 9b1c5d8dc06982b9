# misconception: the thirty carts of the visible test are all there are
# expect: are missing in the end. Which ones
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    items = [{"pk": f"cart-{k}", "total": k} for k in range(30)]
    for first in (0, 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        carts.meta.client.batch_write_item(RequestItems={table: puts})
