# misconception: there are no spaces in a header.
# expect: with a field twice
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if header:
        fields = dict(part.partition("=")[::2] for part in header.split(";"))
        fields["Parent"] = segment_id
        text = ";".join(f"{name}={value}" for name, value in fields.items())
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": text}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
