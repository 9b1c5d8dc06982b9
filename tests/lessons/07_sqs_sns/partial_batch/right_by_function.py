worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    return {"batchItemFailures": [each for each in map(tried, event["Records"]) if each]}


def tried(record):
    try:
        ship(json.loads(record["body"]))
    except BaseException as error:
        print(type(error).__name__)
        return {"itemIdentifier": record["messageId"]}
"""
mapping_settings = dict(FunctionResponseTypes=["ReportBatchItemFailures"], BatchSize=10)
