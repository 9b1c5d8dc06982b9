# misconception: Orders are dealt out one by one, and a variable keeps who got what.
# expect: variables of its own
places = {}


def to_batches(events: list[dict]) -> list[list[dict]]:
    """Events as Kinesis takes them: lists of at most 500 records, each for one PutRecords call.

    events: in the sequence in which they happened; each has seller, order, kind ("placed",
        "paid", "shipped"), country, at (the second, UTC) and number.
    Each record has Data, the event as JSON in bytes, and PartitionKey, a text; ExplicitHashKey if
    you like. The same order gets the same place in every process.

    >>> to_batches([{"seller": "S-1", "order": "ord-7", "kind": "paid", "country": "DE",
    ...              "at": "2026-03-17T18:00:03Z", "number": 1}])
    [[{'Data': b'{"seller": "S-1", ...}', 'PartitionKey': '...'}]]
    """
    records = [
        {
            "Data": json.dumps(event).encode(),
            "PartitionKey": str(places.setdefault(event["order"], len(places))),
        }
        for event in events
    ]
    return [records[first : first + 500] for first in range(0, len(records), 500)]
