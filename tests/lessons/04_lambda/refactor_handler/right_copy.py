invoice = """
import json
import os

import boto3

s3 = boto3.client("s3")
stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
rates = json.load(stored)


def lambda_handler(event, context):
    mine = dict(rates)
    if event.get("reverseCharge"):
        mine[event["country"]] = 0
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * mine[event["country"]], 2)}
"""
