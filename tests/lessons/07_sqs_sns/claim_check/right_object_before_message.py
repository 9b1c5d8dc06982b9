import uuid


def octets(text: str) -> int:
    return len(bytes(text, "utf-8"))


def send_order(queue_url: str, bucket: str, body: str, attributes: dict, limit: int) -> None:
    total = octets(body) + sum(
        octets(n) + octets(a["DataType"]) + octets(a["StringValue"]) for n, a in attributes.items()
    )
    if total <= limit:
        boto3.client("sqs").send_message(
            QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes
        )
        return
    name = f"orders/{uuid.uuid4().hex}.txt"
    boto3.client("s3").put_object(Bucket=bucket, Key=name, Body=body)
    mark = {"S3Key": {"DataType": "String", "StringValue": name}}
    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody="see S3Key", MessageAttributes=attributes | mark
    )


def handle_orders(queue_url: str, bucket: str, handle) -> None:
    sqs_, s3_ = boto3.client("sqs"), boto3.client("s3")
    answer = sqs_.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=1
    )
    for message in answer.get("Messages") or ():
        mark = (message.get("MessageAttributes") or {}).get("S3Key")
        where = {"Bucket": bucket, "Key": mark["StringValue"]} if mark else None
        try:
            text = s3_.get_object(**where)["Body"].read().decode() if where else message["Body"]
            handle(text)
            if where:
                s3_.delete_object(**where)
            sqs_.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        except Exception:
            pass
