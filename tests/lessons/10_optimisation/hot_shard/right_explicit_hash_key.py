import hashlib


def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {
            "Data": json.dumps(event).encode(),
            "PartitionKey": event["seller"],
            "ExplicitHashKey": str(
                int(hashlib.sha256(event["order"].encode()).hexdigest(), 16) >> 128
            ),
        }
        for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
