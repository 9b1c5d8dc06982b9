# misconception: one failure fails them all
# expect: and when is there none
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    try:
        for record in event["Records"]:
            ship(json.loads(record["body"]))
    except Exception:
        return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"]]}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
