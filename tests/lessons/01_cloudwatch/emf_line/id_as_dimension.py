# misconception: what support searches for must be a dimension
# expect: an id is no dimension
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
                        "Dimensions": [["Service"], ["Service", "Channel"], ["Service", "cartId"]],
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
