# One directive for each set of dimensions; properties first.
def emf_line(namespace: str, cart: dict, now: float) -> str:
    names = {
        "Items": ("items", "Count"),
        "Value": ("value", "None"),
        "Latency": ("ms", "Milliseconds"),
    }
    line = {"cartId": cart["cartId"], "Channel": cart["channel"], "Service": cart["service"]}
    line.update({name: cart[field] for name, (field, _) in names.items()})
    wanted = [{"Name": name, "Unit": unit} for name, (_, unit) in names.items()]
    directives = [
        {"Namespace": namespace, "Dimensions": [keys], "Metrics": wanted}
        for keys in (["Service"], ["Channel", "Service"])
    ]
    line["_aws"] = {"CloudWatchMetrics": directives, "Timestamp": int(now * 1000)}
    return json.dumps(line)
