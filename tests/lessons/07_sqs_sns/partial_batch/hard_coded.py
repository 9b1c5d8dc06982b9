# misconception: the bad order of the visible test is the only one
# expect: and when is there none
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = []
    for record in event["Records"]:
        if "p-none" in record["body"]:
            failed.append({"itemIdentifier": record["messageId"]})
        else:
            ship(json.loads(record["body"]))
    return {"batchItemFailures": failed}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
