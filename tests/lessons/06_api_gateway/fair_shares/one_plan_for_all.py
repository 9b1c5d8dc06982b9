# misconception: one plan gives every partner what it needs.
# expect: It should be served about
def fair_shares(api_id: str, stage: str, partners: dict, heavy: dict) -> dict:
    rest = boto3.client("apigateway")
    for resource in rest.get_resources(restApiId=api_id, embed=["methods"])["items"]:
        if "GET" in resource.get("resourceMethods", {}):
            rest.update_method(
                restApiId=api_id,
                resourceId=resource["id"],
                httpMethod="GET",
                patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}],
            )
    rest.create_deployment(restApiId=api_id, stageName=stage)
    for route, (rate, burst) in heavy.items():
        verb, path = route.split(" ")
        place = "/" + path.replace("/", "~1") + "/" + verb + "/throttling"
        patch = [{"op": "replace", "path": place + "/rateLimit", "value": str(rate)}]
        patch.append({"op": "replace", "path": place + "/burstLimit", "value": str(burst)})
        rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch)
    share = list(partners.values())[-1]
    plan = rest.create_usage_plan(
        name="partners",
        apiStages=[{"apiId": api_id, "stage": stage}],
        throttle={"rateLimit": share["rate"], "burstLimit": share["burst"]},
        quota={"limit": share["daily"], "period": "DAY"},
    )
    keys = {}
    for partner in partners:
        key = rest.create_api_key(name=partner, enabled=True)
        rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
        keys[partner] = key["value"]
    return keys
