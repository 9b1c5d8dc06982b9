# misconception: the sequence within a batch does not matter
# expect: before
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": event["order"]} for event in events
    ]
    return [records[max(n - 500, 0) : n][::-1] for n in range(len(records), 0, -500)]
