# misconception: the names of dimensions do not care about capitals
# expect: letter by letter
def emf_line(namespace: str, cart: dict, now: float) -> str:
    units = {"Items": "Count", "Value": "None", "Latency": "Milliseconds"}
    directive = {
        "Namespace": namespace,
        "Dimensions": [["service"], ["service", "channel"]],
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }
    line = {"_aws": {"Timestamp": int(now * 1000), "CloudWatchMetrics": [directive]}, **cart}
    line |= {"Items": cart["items"], "Value": cart["value"], "Latency": cart["ms"]}
    return json.dumps(line)
