# misconception: a call sends one message
# expect: 300 calls a second are the limit
def fifo_groups(queue_url: str, events: list) -> None:
    for event in events:
        sqs.send_message(
            QueueUrl=queue_url,
            MessageBody=json.dumps(event),
            MessageGroupId=event["order"],
            MessageDeduplicationId=f"{event['order']}#{event['number']}",
        )
