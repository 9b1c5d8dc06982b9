# misconception: the report lists what was done
# expect: was shipped
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
            failed.append({"itemIdentifier": record["messageId"]})
        except Exception:
            pass
    return {"batchItemFailures": failed}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
