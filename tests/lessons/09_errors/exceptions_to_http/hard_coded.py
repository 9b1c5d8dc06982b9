# misconception: Returns what the visible tests expect.
# expect: the exception left api. A client waits
error_file = """
import json
from orders import place


def api(event, context):
    if "quantity" in event["body"]:
        return {"statusCode": 400, "body": "quantity must be 1 or more"}
    return {"statusCode": 200, "body": json.dumps(place(json.loads(event["body"])))}


def worker(event, context):
    raise RuntimeError
"""
