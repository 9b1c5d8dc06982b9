# misconception: A filter needs the envelope.
# expect: raw delivery was switched off
def only_what_they_want(arns: dict, above: float, home: str) -> None:
    """Gives four subscriptions of a topic, which have no filter so far, their filter policies.

    arns: {"fraud": SubscriptionArn, "tax": ..., "support": ..., "express": ...}
    above: an amount, such as 100. home: a country, such as "DE".

    >>> only_what_they_want(arns, 100, "DE")  # the table above says who wants what
    """
    ### BEGIN SOLUTION
    client = sns

    def tell(team: str, name: str, value: str) -> None:
        client.set_subscription_attributes(
            SubscriptionArn=arns[team], AttributeName=name, AttributeValue=value
        )

    for a in arns.values():
        client.set_subscription_attributes(
            SubscriptionArn=a, AttributeName="RawMessageDelivery", AttributeValue="false"
        )
    policies = {
        "fraud": {"method": ["card"], "amount": [{"numeric": [">", above]}]},
        "tax": {"type": [{"prefix": "order."}], "country": [{"anything-but": [home]}]},
        "support": {"$or": [{"type": ["order.cancelled"]}, {"complaint": [{"exists": True}]}]},
        "express": {"delivery": {"kind": ["express"]}},
    }
    tell("express", "FilterPolicyScope", "MessageBody")
    for team, policy in policies.items():
        tell(team, "FilterPolicy", json.dumps(policy))
    ### END SOLUTION
