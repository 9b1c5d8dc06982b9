def only_what_they_want(arns: dict, above: float, home: str) -> None:
    topics = boto3.client("sns")
    body = {"delivery": {"kind": [{"equals-ignore-case": "express"}]}}
    wishes = [
        ("express", "FilterPolicyScope", "MessageBody"),
        ("express", "FilterPolicy", json.dumps(body)),
    ]
    flat = {
        "support": {"$or": [{"complaint": [{"exists": True}]}, {"type": ["order.cancelled"]}]},
        "tax": {"country": [{"anything-but": home}], "type": [{"wildcard": "order.*"}]},
        "fraud": {
            "amount": [{"numeric": [">", above, "<=", 1000000000]}],
            "method": [{"prefix": "card"}],
        },
    }
    wishes += [(team, "FilterPolicy", json.dumps(each)) for team, each in flat.items()]
    for team, name, value in wishes:
        topics.set_subscription_attributes(
            SubscriptionArn=arns[team], AttributeName=name, AttributeValue=value
        )
