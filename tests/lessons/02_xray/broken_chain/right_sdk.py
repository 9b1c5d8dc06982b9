def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    from aws_xray_sdk.core.models.trace_header import TraceHeader

    text = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {}
    if text:
        fields = ";".join(part.strip() for part in text.split(";"))
        header = TraceHeader.from_header_str(fields)
        header._parent = segment_id
        attributes["AWSTraceHeader"] = {"DataType": "String", "StringValue": header.to_header_str()}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
