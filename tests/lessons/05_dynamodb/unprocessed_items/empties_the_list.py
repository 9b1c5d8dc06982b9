# misconception: the list belongs to the function
# expect: changed the list that it was given
carts = boto3.resource("dynamodb")  # it, and its carts.meta.client, take plain Python values


def store_all(table: str, items: list[dict]) -> None:
    while items:
        puts = [{"PutRequest": {"Item": items.pop()}} for _ in range(min(25, len(items)))]
        left = {table: puts}
        for pause in pauses():
            left = carts.meta.client.batch_write_item(RequestItems=left)["UnprocessedItems"]
            if not left:
                break
            time.sleep(pause)
