# misconception: what the visible test does not ask can go
# expect: The old function charged 0
invoice = """
import json
import os

import boto3

s3 = boto3.client("s3")
stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
rates = json.load(stored)


def lambda_handler(event, context):
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rates[event["country"]], 2)}
"""
