def fair_shares(api_id: str, stage: str, partners: dict, heavy: dict) -> dict:
    rest = boto3.client("apigateway")

    def patched(settings: dict, op: str = "replace") -> list:
        return [{"op": op, "path": path, "value": str(value)} for path, value in settings.items()]

    for resource in rest.get_resources(restApiId=api_id, embed=["methods"])["items"]:
        for verb in resource.get("resourceMethods", {}):
            if verb == "GET":
                where = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": verb}
                rest.update_method(**where, patchOperations=patched({"/apiKeyRequired": "true"}))
    limits = {}
    for route in heavy:
        method, _, path = route.partition(" ")
        place = "/" + path.replace("/", "~1") + "/" + method
        limits[place + "/throttling/rateLimit"] = heavy[route][0]
        limits[place + "/throttling/burstLimit"] = heavy[route][1]
    if limits:
        rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patched(limits))
    values = {}
    for partner in partners:
        share = partners[partner]
        plan = rest.create_usage_plan(name=f"plan of {partner}")["id"]
        asked = {"/throttle/rateLimit": share["rate"], "/throttle/burstLimit": share["burst"]}
        asked |= {"/quota/limit": share["daily"], "/quota/period": "DAY"}
        operations = patched(asked) + patched({"/apiStages": f"{api_id}:{stage}"}, "add")
        rest.update_usage_plan(usagePlanId=plan, patchOperations=operations)
        key = rest.create_api_key(name=partner, enabled=True)["id"]
        rest.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
        values[partner] = rest.get_api_key(apiKey=key, includeValue=True)["value"]
    rest.create_deployment(restApiId=api_id, stageName=stage)
    return values
