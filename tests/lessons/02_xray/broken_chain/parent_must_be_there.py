# misconception: every header has a parent.
# expect: Which of its parts need not be there
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if header:
        fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
        text = header.replace(fields["Parent"], segment_id)
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": text}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
