# misconception: one set with both names also answers for Service alone
# expect: one inner list
def emf_line(namespace: str, cart: dict, now: float) -> str:
    metrics = [
        {"Name": "Items", "Unit": "Count"},
        {"Name": "Value", "Unit": "None"},
        {"Name": "Latency", "Unit": "Milliseconds"},
    ]
    return json.dumps(
        {
            "_aws": {
                "Timestamp": round(now * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": namespace,
                        "Dimensions": [["Service", "Channel"]],
                        "Metrics": metrics,
                    }
                ],
            },
            "Service": cart["service"],
            "Channel": cart["channel"],
            "Items": cart["items"],
            "Value": cart["value"],
            "Latency": cart["ms"],
            "cartId": cart["cartId"],
        }
    )
