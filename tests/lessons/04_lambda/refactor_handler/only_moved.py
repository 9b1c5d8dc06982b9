# misconception: what is moved out of the handler behaves as before
# expect: what was changed for that one stayed in memory
invoice = """
import json
import os

import boto3

s3 = boto3.client("s3")
stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")["Body"]
rates = json.load(stored)


def lambda_handler(event, context):
    if event.get("reverseCharge"):
        rates[event["country"]] = 0
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rates[event["country"]], 2)}
"""
