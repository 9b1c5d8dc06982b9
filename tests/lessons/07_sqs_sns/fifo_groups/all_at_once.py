# misconception: a batch takes any number
# expect: AWS refuses what fifo_groups sends for another shop
def fifo_groups(queue_url: str, events: list) -> None:
    for first in range(0, len(events), 1000):
        entries = [
            {
                "Id": str(number),
                "MessageBody": json.dumps(event),
                "MessageGroupId": event["order"],
                "MessageDeduplicationId": f"{event['order']}#{event['number']}",
            }
            for number, event in enumerate(events[first : first + 1000])
        ]
        sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
