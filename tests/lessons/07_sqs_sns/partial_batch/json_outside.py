# misconception: a body is always JSON
# expect: and when is there none
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        try:
            ship(order)
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
