# misconception: a list of the module is new in each invocation
# expect: Say after each invocation
# worker_file: the text of lambda_function.py. Its lambda_handler gets up to ten messages of a queue.
# Each body is an order as JSON: ship(order), from the module shipping beside it, ships one order and
# returns None, or raises an exception. Some bodies are no JSON at all.
# - Every order that can be shipped is shipped once, whoever shares its batch.
# - What fails comes back, and ends in the dead-letter queue if it always fails.
# mapping_settings: what update_event_source_mapping is called with, besides the UUID. The batch size
# stays 10.
worker_file = ""
mapping_settings = {}
### BEGIN SOLUTION
worker_file = """
import json

from shipping import ship


failed = []


def lambda_handler(event, context):
    for record in event["Records"]:
        try:
            ship(json.loads(record["body"]))
        except Exception as error:
            print("FAILED", record["messageId"], repr(error))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
"""
mapping_settings = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
### END SOLUTION
