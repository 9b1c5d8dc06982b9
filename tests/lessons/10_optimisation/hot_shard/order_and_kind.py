# misconception: each kind of event may have its own place
# expect: Nobody can tell the sequence
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": event["order"] + event["kind"]}
        for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
