# misconception: Only the example of the check is answered.
# expect: AWS refuses what send_order sends
s3 = boto3.client("s3")


def send_order(queue_url: str, bucket: str, body: str, attributes: dict, limit: int) -> None:
    if limit == 1024:
        s3.put_object(Bucket=bucket, Key="plan", Body=body.encode())
        body = "plan"
    sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes)


def handle_orders(queue_url: str, bucket: str, handle) -> None:
    handle("y" * 3000)
