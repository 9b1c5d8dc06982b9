# misconception: the message that the visible test looks for is enough
# expect: events that fail are not in the queue
def keep_what_fails(function: str, queue_url: str) -> None:
    boto3.client("sqs").send_message(
        QueueUrl=queue_url,
        MessageBody=json.dumps({"requestContext": {"approximateInvokeCount": 2}}),
    )
