# misconception: the first order's country is everybody's
# expect: Where do yours come from?
invoice = """
import json
import os

import boto3

kept = {}


def lambda_handler(event, context):
    if not kept:
        stored = boto3.client("s3").get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")
        kept.update(json.load(stored["Body"]), default=event["country"])
    rate = 0 if event.get("reverseCharge") else kept[kept["default"]]
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
