# misconception: a trace that is not kept needs no header.
# expect: A decision of 0 counts, too
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if header and "Sampled=1" in header:
        fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
        text = f"Root={fields['Root']};Parent={segment_id};Sampled=1"
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": text}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
