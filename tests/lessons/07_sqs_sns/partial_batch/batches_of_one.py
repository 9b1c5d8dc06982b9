# misconception: a batch of one fails alone
# expect: it was to stay 10
worker_file = """
import json

from shipping import ship


def lambda_handler(event, context):
    for record in event["Records"]:
        ship(json.loads(record["body"]))
"""
mapping_settings = {"BatchSize": 1}
