# misconception: an unused client costs nothing
# expect: What is still built for every order?
invoice = """
import json
import os

import boto3

rates = None


def lambda_handler(event, context):
    global rates
    s3 = boto3.client("s3")
    if rates is None:
        rates = json.load(s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"])
    rate = 0 if event.get("reverseCharge") else rates[event["country"]]
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
