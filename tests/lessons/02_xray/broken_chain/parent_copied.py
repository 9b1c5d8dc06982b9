# misconception: the header goes on as it came.
# expect: Who calls it: the part that called you
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    header = message.get("Attributes", {}).get("AWSTraceHeader")
    attributes = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}} if header else {}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
