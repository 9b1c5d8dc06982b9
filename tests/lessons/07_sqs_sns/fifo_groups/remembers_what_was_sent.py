# misconception: a producer's memory lives as long as its queue
# expect: If you sent it, SQS took it
SENT = set()


def fifo_groups(queue_url: str, events: list) -> None:
    """Sends order events to a FIFO queue, in their sequence, ten in a call.

    queue_url: a FIFO queue without content-based deduplication, in the mode of 300 calls a second.
    events: dicts such as {"order": "DE/7", "number": 2, "kind": "paid", "attempt": 1}; number counts
    the events of an order from 1, and two of them may be of the same kind; attempt is above 1 for an
    event that was sent before.

    A message's body is its event as JSON. Consumers then get every event once, even if it was sent
    twice within five minutes; an order's events one after the other; and different orders at the
    same time.

    >>> fifo_groups(url, [{"order": "DE/7", "number": 1, "kind": "placed", "attempt": 1}])
    """
    ### BEGIN SOLUTION
    events = [e for e in events if (e["order"], e["number"]) not in SENT]
    SENT.update((e["order"], e["number"]) for e in events)
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": f"{event['order']}#{event['number']}",
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
    ### END SOLUTION
