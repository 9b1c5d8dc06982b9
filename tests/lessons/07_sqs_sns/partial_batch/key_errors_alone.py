# misconception: only a missing address can fail
# expect: for a neighbour's failure
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = []
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
        except KeyError:
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
