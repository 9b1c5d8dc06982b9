# misconception: the consumer needs the number only
# expect: all of its members
def to_batches(events: list[dict]) -> list[list[dict]]:
    records = [
        {"Data": json.dumps({"number": event["number"]}).encode(), "PartitionKey": event["order"]}
        for event in events
    ]
    return [records[n : n + 500] for n in range(0, len(records), 500)]
