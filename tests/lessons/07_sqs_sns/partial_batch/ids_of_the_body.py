# misconception: the identifier is the order's id
# expect: When does Lambda take a report for worthless
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = []
    for record in event["Records"]:
        order = {"id": ""}
        try:
            order = json.loads(record["body"])
            ship(order)
        except Exception:
            failed.append({"itemIdentifier": order["id"]})
    return {"batchItemFailures": failed}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
