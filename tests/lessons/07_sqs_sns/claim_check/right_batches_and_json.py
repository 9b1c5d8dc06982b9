import hashlib
import itertools

counter = itertools.count()


def size_of(body: str, attributes: dict) -> int:
    parts = [body]
    for name, value in attributes.items():
        parts += [name, *value.values()]
    return sum(len(part.encode("utf-8")) for part in parts)


def send_order(queue_url: str, bucket: str, body: str, attributes: dict, limit: int) -> None:
    entry = {"Id": "only", "MessageBody": body, "MessageAttributes": dict(attributes)}
    if size_of(body, attributes) > limit:
        key = f"{hashlib.sha256(body.encode()).hexdigest()}-{next(counter)}"
        boto3.resource("s3").Object(bucket, key).put(Body=body.encode("utf-8"))
        entry["MessageBody"] = json.dumps({"s3BucketName": bucket, "s3Key": key})
        entry["MessageAttributes"]["pointer"] = {"DataType": "String", "StringValue": "s3"}
    answer = boto3.client("sqs").send_message_batch(QueueUrl=queue_url, Entries=[entry])
    if answer.get("Failed"):
        raise ValueError(answer["Failed"])


def handle_orders(queue_url: str, bucket: str, handle) -> None:
    queue, store = boto3.client("sqs"), boto3.resource("s3")
    done, objects = [], []
    for message in queue.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["pointer"]
    ).get("Messages", []):
        body, stored = message["Body"], None
        if "MessageAttributes" in message:
            place = json.loads(body)
            stored = store.Object(place["s3BucketName"], place["s3Key"])
            body = stored.get()["Body"].read().decode("utf-8")
        try:
            handle(body)
        except Exception as problem:
            print("stays:", problem)
        else:
            done.append({"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]})
            objects += [stored] if stored else []
    if done:
        queue.delete_message_batch(QueueUrl=queue_url, Entries=done)
    for stored in objects:
        stored.delete()
