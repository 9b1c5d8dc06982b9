# misconception: every message has a header.
# expect: pass_on fails with KeyError
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message["Attributes"]["AWSTraceHeader"]
    fields = dict(part.strip().partition("=")[::2] for part in header.split(";"))
    fields["Parent"] = segment_id
    text = ";".join(f"{name}={value}" for name, value in fields.items())
    attributes = {"AWSTraceHeader": {"DataType": "String", "StringValue": text}}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
