# A template filled in; values as arrays of one are allowed too.
TEMPLATE = """{"_aws": {"Timestamp": %d, "CloudWatchMetrics": [{"Namespace": %s,
 "Dimensions": [["Service", "Channel"], ["Service"]], "Metrics": [{"Name": "Latency", "Unit": "Milliseconds"},
 {"Name": "Items", "Unit": "Count"}, {"Name": "Value"}]}]}}"""


def emf_line(namespace: str, cart: dict, now: float) -> str:
    line = json.loads(TEMPLATE % (now * 1000, json.dumps(namespace)))
    line["Service"], line["Channel"] = cart["service"], cart["channel"]
    line["Items"], line["Value"], line["Latency"] = [cart["items"]], [cart["value"]], [cart["ms"]]
    return json.dumps({**line, "cartId": cart["cartId"]})
