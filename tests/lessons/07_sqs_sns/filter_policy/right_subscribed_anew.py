def only_what_they_want(arns: dict, above: float, home: str) -> None:
    """Each queue is subscribed again, with its policy from the start."""
    client = boto3.client("sns")
    settings = {
        "fraud": {"FilterPolicy": {"method": ["card"], "amount": [{"numeric": [">", above]}]}},
        "tax": {
            "FilterPolicy": {
                "type": [{"prefix": "order."}],
                "country": [{"anything-but": [home]}],
            }
        },
        "support": {
            "FilterPolicy": {
                "$or": [{"type": ["order.cancelled"]}, {"complaint": [{"exists": True}]}]
            }
        },
        "express": {
            "FilterPolicy": {"delivery": {"kind": ["express"]}},
            "FilterPolicyScope": "MessageBody",
        },
    }
    for team, own in settings.items():
        old = client.get_subscription_attributes(SubscriptionArn=arns[team])["Attributes"]
        client.unsubscribe(SubscriptionArn=arns[team])
        own["FilterPolicy"] = json.dumps(own["FilterPolicy"])
        own["RawMessageDelivery"] = old["RawMessageDelivery"]
        client.subscribe(
            TopicArn=old["TopicArn"],
            Protocol=old["Protocol"],
            Endpoint=old["Endpoint"],
            Attributes=own,
        )
