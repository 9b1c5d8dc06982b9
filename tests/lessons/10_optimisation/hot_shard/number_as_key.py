# misconception: an even spread is all that counts
# expect: Nobody can tell the sequence
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": str(event["number"])}
        for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
