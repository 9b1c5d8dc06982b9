# misconception: an id that is kept in a variable is known to every producer
# expect: another process
import uuid

IDS: dict = {}


def fifo_groups(queue_url: str, events: list) -> None:
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": IDS.setdefault(
                    (event["order"], event["number"]), str(uuid.uuid4())
                ),
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
