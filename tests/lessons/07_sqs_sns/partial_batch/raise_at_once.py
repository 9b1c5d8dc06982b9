# misconception: the first failure has to be raised
# expect: and when is there none
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    for record in event["Records"]:
        ship(json.loads(record["body"]))
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
