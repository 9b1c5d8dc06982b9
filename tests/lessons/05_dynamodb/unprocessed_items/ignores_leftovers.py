# misconception: an answer of 200 means that all 25 are stored
# expect: what else did the answers say
carts = boto3.resource("dynamodb")


def store_all(table: str, items: list[dict]) -> None:
    for first in range(0, len(items), 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[first : first + 25]]
        carts.meta.client.batch_write_item(RequestItems={table: puts})
