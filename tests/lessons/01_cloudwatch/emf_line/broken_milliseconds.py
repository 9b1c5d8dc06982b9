# misconception: a number of milliseconds may be a float
# expect: an integer as Timestamp
def emf_line(namespace: str, cart: dict, now: float) -> str:
    units = {"Items": "Count", "Value": "None", "Latency": "Milliseconds"}
    directive = {
        "Namespace": namespace,
        "Dimensions": [["Service"], ["Service", "Channel"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }
    line = {"_aws": {"Timestamp": now * 1000, "CloudWatchMetrics": [directive]}}
    line |= {"Service": cart["service"], "Channel": cart["channel"], "cartId": cart["cartId"]}
    line |= {"Items": cart["items"], "Value": cart["value"], "Latency": cart["ms"]}
    return json.dumps(line)
