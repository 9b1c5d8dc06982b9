# misconception: the second as the key spreads over time
# expect: however many there are
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": event["at"]} for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
