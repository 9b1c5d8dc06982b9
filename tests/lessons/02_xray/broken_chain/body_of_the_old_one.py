# misconception: passing on means sending the same again.
# expect: The body that arrived is
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}} if header else {}
    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=message["Body"], MessageSystemAttributes=attributes
    )
