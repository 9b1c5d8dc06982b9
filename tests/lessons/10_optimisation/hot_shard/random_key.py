# misconception: a random key is best
# expect: Nobody can tell the sequence
import uuid


def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": str(uuid.uuid4())} for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
