# misconception: what comes with a header is sampled.
# expect: is that decision kept
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if header:
        fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
        text = f"Root={fields['Root']};Parent={segment_id};Sampled=1"
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": text}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
