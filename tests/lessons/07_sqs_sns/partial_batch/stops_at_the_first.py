# misconception: the rest must wait behind a failure
# expect: uses up a receive
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    for place, record in enumerate(event["Records"]):
        try:
            ship(json.loads(record["body"]))
        except Exception:
            rest = event["Records"][place:]
            return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in rest]}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
