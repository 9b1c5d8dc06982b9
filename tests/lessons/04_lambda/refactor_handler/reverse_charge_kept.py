# misconception: what is known of a country holds for all of its orders
# expect: what was changed for that one stayed in memory
invoice = """
import json
import os

import boto3

s3 = boto3.client("s3")
stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
rates = json.load(stored)
free = set()


def lambda_handler(event, context):
    if event.get("reverseCharge"):
        free.add(event["country"])
    rate = 0 if event["country"] in free else rates[event["country"]]
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
