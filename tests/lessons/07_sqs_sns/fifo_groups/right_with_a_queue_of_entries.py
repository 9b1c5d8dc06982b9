def fifo_groups(queue_url: str, events: list) -> None:
    sqs, waiting = boto3.client("sqs"), []
    for event in events:
        key = f"{event['number']} of {event['order']}".replace(" ", "_")
        entry = {"Id": str(len(waiting)), "MessageBody": json.dumps(event)}
        waiting.append(
            {**entry, "MessageGroupId": f"order:{event['order']}", "MessageDeduplicationId": key}
        )
        if len(waiting) == 10:
            sqs.send_message_batch(QueueUrl=queue_url, Entries=waiting)
            waiting = []
    if waiting:
        sqs.send_message_batch(QueueUrl=queue_url, Entries=waiting)
