# misconception: hash() of a text is the same everywhere
# expect: another process
def fifo_groups(queue_url: str, events: list) -> None:
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": str(hash((event["order"], event["number"]))),
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
