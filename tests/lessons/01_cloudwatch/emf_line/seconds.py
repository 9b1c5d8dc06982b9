# misconception: timestamps are in seconds, as time.time() gives them
# expect: looks like seconds
def emf_line(namespace: str, cart: dict, now: float) -> str:
    metrics = [
        {"Name": "Items", "Unit": "Count"},
        {"Name": "Value", "Unit": "None"},
        {"Name": "Latency", "Unit": "Milliseconds"},
    ]
    return json.dumps(
        {
            "_aws": {
                "Timestamp": int(now),
                "CloudWatchMetrics": [
                    {
                        "Namespace": namespace,
                        "Dimensions": [["Service"], ["Service", "Channel"]],
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
