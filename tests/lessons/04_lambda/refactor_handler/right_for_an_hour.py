invoice = """
import json
import os
import time

import boto3

s3 = boto3.client("s3")
known = {"rates": None, "until": 0.0}


def rates():
    if time.time() >= known["until"]:
        stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
        known.update(rates=json.load(stored), until=time.time() + 3600)
    return known["rates"]


def lambda_handler(event, context):
    rate = 0 if event.get("reverseCharge") else rates()[event["country"]]
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
