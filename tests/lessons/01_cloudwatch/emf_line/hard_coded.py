# misconception: the example's cart and names stand for every cart
# expect: those of the example
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
                        "Namespace": "Shop/Cart",
                        "Dimensions": [["Service"], ["Service", "Channel"]],
                        "Metrics": metrics,
                    }
                ],
            },
            "Service": "cart",
            "Channel": cart["channel"],
            "Items": cart["items"],
            "Value": cart["value"],
            "Latency": cart["ms"],
            "cartId": cart["cartId"],
        }
    )
