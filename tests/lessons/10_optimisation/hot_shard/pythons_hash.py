# misconception: hash() is the same everywhere
# expect: hash() of a text is another in each process
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": str(hash(event["order"]))}
        for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
