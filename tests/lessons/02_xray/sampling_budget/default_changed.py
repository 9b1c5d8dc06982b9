# misconception: Default is the rule of the service that I look after.
# expect: a rule that was there before is gone or changed
def sampling_budget(service: str, health: str, orders: str) -> None:
    xray = boto3.client("xray")
    rules = [(health, "*", 0, 0.0), (orders, "POST", 0, 1.0)]
    for priority, (path, method, reservoir, rate) in enumerate(rules, start=1):
        rule = {"ServiceName": service, "URLPath": path, "HTTPMethod": method, "Version": 1}
        rule |= {"ReservoirSize": reservoir, "FixedRate": rate, "Priority": priority}
        rule |= dict.fromkeys(("ServiceType", "Host", "ResourceARN"), "*")
        xray.create_sampling_rule(SamplingRule={**rule, "RuleName": f"rule-{priority}"})
    rest = {
        "ServiceName": service,
        "URLPath": "*",
        "HTTPMethod": "*",
        "ReservoirSize": 1,
        "Version": 1,
    }
    rest |= {
        "FixedRate": 0.02,
        "Priority": 499,
        "RuleName": "rest",
        "ServiceType": "*",
        "Host": "*",
    }
    xray.create_sampling_rule(SamplingRule={**rest, "ResourceARN": "*"})
    update = {"RuleName": "Default", "FixedRate": 0.02, "ReservoirSize": 1}
    xray.update_sampling_rule(SamplingRuleUpdate=update)
