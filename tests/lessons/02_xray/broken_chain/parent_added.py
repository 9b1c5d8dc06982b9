# misconception: the last Parent in a header counts.
# expect: with a field twice
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if header:
        text = f"{header};Parent={segment_id}"
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": text}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
