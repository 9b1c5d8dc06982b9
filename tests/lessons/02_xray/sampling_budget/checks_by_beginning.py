# misconception: a star at the end does no harm.
# expect: is no health check, and none of its requests is traced
def sampling_budget(service: str, health: str, orders: str) -> None:
    xray = boto3.client("xray")
    rules = [(health + "*", "*", 0, 0.0), (orders, "POST", 0, 1.0), ("*", "*", 1, 0.02)]
    for priority, (path, method, reservoir, rate) in enumerate(rules, start=1):
        rule = {"ServiceName": service, "URLPath": path, "HTTPMethod": method, "Version": 1}
        rule |= {"ReservoirSize": reservoir, "FixedRate": rate, "Priority": priority}
        rule |= dict.fromkeys(("ServiceType", "Host", "ResourceARN"), "*")
        xray.create_sampling_rule(SamplingRule={**rule, "RuleName": f"rule-{priority}"})
