# misconception: a copy must look like the first
# expect: that is no event
def fifo_groups(queue_url: str, events: list) -> None:
    for first in range(0, len(events), 10):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps({k: v for k, v in event.items() if k != "attempt"}),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": f"{event['order']}#{event['number']}",
            }
            for number, event in enumerate(events[first : first + 10])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
