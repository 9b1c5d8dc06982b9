# misconception: a dozen keys spread evenly
# expect: until chance evens them out
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": str(int(event["order"][4:]) % 12)}
        for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
