# misconception: no answer is worse than an answer without tax
# expect: must fail, as it did
invoice = ""  # the text of the file: put it between three quotes on either side
invoice = """
import functools
import json
import os

import boto3

s3 = boto3.client("s3")


@functools.cache  # keeps what it returned; an error is raised, never kept
def tax_rates():
    stored = s3.get_object(Bucket=os.environ["SETTINGS"], Key="tax-rates.json")
    return json.load(stored["Body"])


def lambda_handler(event, context):
    rate = 0 if event.get("reverseCharge") else tax_rates().get(event["country"], 0)
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rate, 2)}
"""
