# misconception: a report is JSON text
# expect: When does Lambda
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
        except Exception:
            failed.append({"itemIdentifier": record["messageId"]})
    return json.dumps({"batchItemFailures": failed})
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
