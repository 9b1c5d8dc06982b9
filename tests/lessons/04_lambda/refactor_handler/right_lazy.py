invoice = """
import json
import os

import boto3

_kept = {}


def rates():
    if not _kept:
        s3 = boto3.client("s3")
        stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
        _kept.update(json.load(stored))
    return _kept


def lambda_handler(event, context):
    rate = rates()[event["country"]]
    if event.get("reverseCharge"):
        rate = 0
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
