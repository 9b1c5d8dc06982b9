# misconception: an error that is caught is dealt with
# expect: is in no queue any more
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
        except Exception as error:
            print("FAILED", error)
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
