# misconception: the identifier is the receipt handle
# expect: When does Lambda take a report for worthless
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
        except Exception:
            failed.append({"itemIdentifier": record["receiptHandle"]})
    return {"batchItemFailures": failed}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
