def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": event["order"][::-1]}
        for event in events
    ]
    return [[*part] for part in (records[n : n + 400] for n in range(0, len(records), 400))]
