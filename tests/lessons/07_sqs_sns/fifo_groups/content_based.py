# misconception: the queue may compare bodies
# expect: What do both copies of an event have in common
def fifo_groups(queue_url: str, events: list) -> None:
    on = {"ContentBasedDeduplication": "true"}
    sqs.set_queue_attributes(QueueUrl=queue_url, Attributes=on)
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
