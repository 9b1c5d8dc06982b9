worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    import boto3
    sqs = boto3.client("sqs")
    name = event["Records"][0]["eventSourceARN"].split(":")[-1]
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    failed = 0
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
        except Exception:
            failed += 1
        else:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
    if failed:
        raise RuntimeError("some orders come back")
"""
mapping_settings = {}
