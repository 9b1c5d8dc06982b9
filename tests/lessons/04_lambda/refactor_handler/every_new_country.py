# misconception: each country needs a request of its own
# expect: Once in each is enough
invoice = """
import json
import os

import boto3

s3 = boto3.client("s3")
known = {}


def lambda_handler(event, context):
    land = event["country"]
    if land not in known:
        stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
        known[land] = json.load(stored)[land]
    rate = 0 if event.get("reverseCharge") else known[land]
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
