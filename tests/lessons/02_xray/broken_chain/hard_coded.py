# misconception: the header of the example is everybody's.
# expect: another trace
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    text = "Root=1-69b930aa-0123456789abcdef01234567;Parent=9d2f4c1e55aa0b37;Sampled=1"
    attributes = {"AWSTraceHeader": {"DataType": "String", "StringValue": text}}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
