# misconception: the header moves from one message to the other.
# expect: changed the message that it was given
import re


def pass_on(message, body, queue_url, segment_id):
    h = message.get("Attributes", {}).pop("AWSTraceHeader", None)
    a = {}
    if h:
        p = [x.strip() for x in h.split(";") if not x.strip().startswith("Parent=")] + [
            "Parent=" + segment_id
        ]
        a = {"AWSTraceHeader": {"DataType": "String", "StringValue": "; ".join(p)}}
    boto3.client("sqs").send_message(
        QueueUrl=queue_url, MessageBody=body, MessageSystemAttributes=a
    )
