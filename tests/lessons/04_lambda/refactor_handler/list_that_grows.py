# misconception: a list outside of the handler is empty for every event
# expect: includes the items of earlier orders
invoice = """
import json
import os

import boto3

s3 = boto3.client("s3")
stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
rates = json.load(stored)
items = []


def lambda_handler(event, context):
    items.extend(event["items"])
    rate = 0 if event.get("reverseCharge") else rates[event["country"]]
    net = sum(item["price"] * item["count"] for item in items)
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
