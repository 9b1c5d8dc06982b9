# misconception: Sender and receiver are the same process.
# expect: does not hold the body
s3 = boto3.client("s3")
STORE = {}
N = [0]


def send_order(queue_url, bucket, body, attributes, limit):
    size = len(body.encode())
    for name, attribute in attributes.items():
        size += len((name + attribute["DataType"] + attribute["StringValue"]).encode())
    if size > limit:
        N[0] += 1
        key = f"k{N[0]}"
        STORE[key] = body
        s3.put_object(Bucket=bucket, Key=key, Body=b"")
        body, attributes = key, {**attributes, "p": {"DataType": "Number", "StringValue": "1"}}
    sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes)


def handle_orders(queue_url, bucket, handle):
    queue = sqs
    found = queue.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    for message in found.get("Messages", []):
        body, key = message["Body"], None
        if "p" in message.get("MessageAttributes", {}):
            key = body
            body = STORE[key]
        try:
            handle(body)
        except Exception:
            continue
        queue.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        if key is not None:
            s3.delete_object(Bucket=bucket, Key=key)
