# misconception: a default rate is better than an error, for ever
# expect: must fail, as it did
invoice = """
import json
import os

import boto3

rates = None


def lambda_handler(event, context):
    global rates
    if rates is None:
        try:
            found = boto3.client("s3").get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")
            rates = json.load(found["Body"])
        except Exception:
            rates = {}
    rate = 0 if event.get("reverseCharge") else rates.get(event["country"], 0.19)
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
