# misconception: every message begins a trace.
# expect: begins a trace of its own
def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    import time

    header = f"Root=1-{int(time.time()):08x}-{segment_id:0>24};Parent={segment_id};Sampled=1"
    attributes = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}

    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=attributes
    )
