# misconception: an attempt belongs to the id
# expect: What do both copies of an event have in common
def fifo_groups(queue_url: str, events: list) -> None:
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": f"{event['order']}#{event['number']}#{event['attempt']}",
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
