# One directive for each metric; the cart's own members stay in the line.
def emf_line(namespace: str, cart: dict, now: float) -> str:
    units = {"Items": "Count", "Value": "None", "Latency": "Milliseconds"}
    directives = [
        {
            "Namespace": namespace,
            "Dimensions": [["Channel", "Service"], ["Service"]],
            "Metrics": [{"Name": name, "Unit": unit, "StorageResolution": 60}],
        }
        for name, unit in units.items()
    ]
    line = {**cart, "Service": cart["service"], "Channel": cart["channel"]}
    line |= {"Items": cart["items"], "Value": cart["value"], "Latency": cart["ms"]}
    line["_aws"] = {"CloudWatchMetrics": directives, "Timestamp": round(now * 1000)}
    return json.dumps(line, separators=(",", ":")) + "\n"
