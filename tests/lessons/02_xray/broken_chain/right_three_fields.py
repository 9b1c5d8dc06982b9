def pass_on(message: dict, body: str, queue_url: str, segment_id: str) -> None:
    import re

    text = (message.get("Attributes") or {}).get("AWSTraceHeader", "")
    fields = dict(re.findall(r"(\w+)=([^;\s]+)", text))
    more = {}
    if "Root" in fields:
        header = f"Root={fields['Root']}; Parent={segment_id}"
        if "Sampled" in fields:
            header += f"; Sampled={fields['Sampled']}"
        more["MessageSystemAttributes"] = {
            "AWSTraceHeader": {"DataType": "String", "StringValue": header}
        }
    boto3.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **more)
