# misconception: A dict that was given may be written to.
# expect: changed the dict of attributes
import uuid  # uuid.uuid4() never gives the same key twice

s3 = boto3.client("s3")


def send_order(queue_url: str, bucket: str, body: str, attributes: dict, limit: int) -> None:
    """Sends one message; its body goes to S3 if the message would have more than `limit` bytes.

    attributes: as send_message takes them, of type String or Number; they are few, and stay on the
    message in any case. SQS counts bytes in UTF-8: of the body, and of each attribute's name, data
    type and value. A message of exactly `limit` bytes is sent as it is.

    >>> send_order(url, "drawings", body, {"kind": {"DataType": "String", "StringValue": "gift"}}, 2048)
    """
    ### BEGIN SOLUTION
    size = len(body.encode())
    for name, attribute in attributes.items():
        size += len((name + attribute["DataType"] + attribute["StringValue"]).encode())
    if size > limit:
        key = str(uuid.uuid4())
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode())
        marker = {"DataType": "Number", "StringValue": str(size)}
        body = key
        attributes["ExtendedPayloadSize"] = marker
    sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes)
    ### END SOLUTION


def handle_orders(queue_url: str, bucket: str, handle) -> None:
    """Receives up to ten messages once, and calls handle(body) for each with the body that was sent.

    A message that was handled is deleted, and its object in S3, too. If handle raises an exception,
    both stay for the next try, and the other messages are handled all the same. Any text can be a
    body, even one that looks like a pointer of yours.
    """
    ### BEGIN SOLUTION
    queue = sqs
    found = queue.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    for message in found.get("Messages", []):
        body, key = message["Body"], None
        if "ExtendedPayloadSize" in message.get("MessageAttributes", {}):
            key = body
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        try:
            handle(body)
        except Exception:
            continue  # it comes back after the visibility timeout
        queue.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        if key is not None:
            s3.delete_object(Bucket=bucket, Key=key)
    ### END SOLUTION
