# misconception: a report is an exception after the loop
# expect: and is in the dead-letter queue
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    failed = None
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
        except Exception as error:
            failed = error
    if failed:
        raise failed
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
