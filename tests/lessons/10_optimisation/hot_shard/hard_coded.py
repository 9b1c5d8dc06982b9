# misconception: the example is all that is asked
# expect: all of its members
def to_batches(events: list[dict]) -> list[list[dict]]:
    batches = [[], []]
    for number in range(900):
        event = {"number": number}
        record = {"Data": json.dumps(event).encode(), "PartitionKey": str(number)}
        batches[number // 500].append(record)
    return batches
