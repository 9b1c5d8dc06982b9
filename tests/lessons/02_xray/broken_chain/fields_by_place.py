# misconception: the fields always come in this order, three of them.
# expect: Which of its parts need not be there
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if header:
        root, _, sampled = header.split(";")
        text = f"{root};Parent={segment_id};{sampled}"
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": text}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
