# misconception: the visible test's rates are everybody's
# expect: In another shop, order
invoice = """
def lambda_handler(event, context):
    rates = {"DE": 0.19, "FR": 0.2}
    net = sum(item["price"] * item["count"] for item in event["items"])
    return {"orderId": event["orderId"], "tax": round(net * rates.get(event["country"], 0.19), 2)}
"""
