# misconception: PutRecords takes any number
# expect: takes 500 records
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps(event).encode(), "PartitionKey": event["order"]} for event in events
    ]
    return [records]
