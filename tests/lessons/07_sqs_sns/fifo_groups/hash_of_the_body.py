# misconception: the same event has the same body
# expect: What do both copies of an event have in common
import hashlib


def fifo_groups(queue_url: str, events: list) -> None:
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": hashlib.sha256(json.dumps(event).encode()).hexdigest(),
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
