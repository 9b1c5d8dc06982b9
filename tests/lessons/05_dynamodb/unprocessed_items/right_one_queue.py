import collections

from boto3.dynamodb.types import TypeSerializer


def store_all(table: str, items: list[dict]) -> None:
    client, wire = boto3.client("dynamodb"), TypeSerializer().serialize
    waiting = collections.deque(
        {"PutRequest": {"Item": {name: wire(value) for name, value in item.items()}}}
        for item in items
    )
    pause = 0.05
    while waiting:
        batch = [waiting.popleft() for _ in range(min(25, len(waiting)))]
        try:
            answer = client.batch_write_item(RequestItems={table: batch})
            left = answer["UnprocessedItems"].get(table, [])
        except client.exceptions.ProvisionedThroughputExceededException:
            left = batch
        waiting.extend(left)
        pause = min(2 * pause, 8) if left else 0.05
        if left:
            time.sleep(pause)
