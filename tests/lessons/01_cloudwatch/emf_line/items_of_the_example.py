# misconception: the values are the same for every cart
# expect: Where does its value come from
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
                        "Dimensions": [["Service"], ["Service", "Channel"]],
                        "Metrics": metrics,
                    }
                ],
            },
            "Service": cart["service"],
            "Channel": cart["channel"],
            "Items": 3,
            "Value": cart["value"],
            "Latency": cart["ms"],
            "cartId": cart["cartId"],
        }
    )
