# misconception: nothing needs to move
# expect: asked S3 4 times
invoice = """
import json
import os

import boto3


def lambda_handler(event, context):
    s3 = boto3.client("s3")
    stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")
    rates = json.load(stored["Body"])  # {"DE": 0.19, "FR": 0.2, ...}
    if event.get("reverseCharge"):  # a business in another country: no tax on this order
        rates[event["country"]] = 0
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rates[event["country"]], 2)}
"""
