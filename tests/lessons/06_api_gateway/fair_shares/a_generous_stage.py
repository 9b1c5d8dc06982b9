# misconception: a limit for all methods does no harm if it is high.
# expect: every method got a limit of the stage
def fair_shares(api_id: str, stage: str, partners: dict, heavy: dict) -> dict:
    """Gives every partner a share of a REST API, and returns {partner: value of the API key}.

    partners: {"bookworm": {"rate": 5, "burst": 10, "daily": 1000}}: requests per second in the long
    run, at once, and per day. heavy: {"GET /export": (2, 4)}: rate and burst of single methods.
    All methods are open to everybody now. Afterwards, on this stage and at once,
    - every GET needs the key of a partner, and every other method still needs none,
    - each partner is served within these three limits, whatever other callers do,
    - a heavy method serves no more than its rate and burst to all callers together; no other method
      has a limit that it did not have before.

    >>> fair_shares("2yw4acq9gf", "prod", partners, {"GET /export": (2, 4)})
    {'bookworm': 'pV0DLa1jOsuQb1Mm9OUN8Wxh3rCTuBUL1Xnhd7Wg'}
    """
    rest = boto3.client("apigateway")
    required = [{"op": "replace", "path": "/apiKeyRequired", "value": "true"}]
    for resource in rest.get_resources(restApiId=api_id, embed=["methods"], limit=500)["items"]:
        if "GET" in resource.get("resourceMethods", {}):
            method = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "GET"}
            rest.update_method(**method, patchOperations=required)
    rest.create_deployment(restApiId=api_id, stageName=stage)
    patch = [{"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1000"}]
    for route, limits in heavy.items():
        verb, path = route.split(" ")
        place = f"/{path.replace('/', '~1')}/{verb}/throttling"
        for name, value in zip(("rateLimit", "burstLimit"), limits, strict=True):
            patch.append({"op": "replace", "path": f"{place}/{name}", "value": str(value)})
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch)
    keys = {}
    for partner, share in partners.items():
        key = rest.create_api_key(name=partner, enabled=True)
        plan = rest.create_usage_plan(
            name=partner,
            apiStages=[{"apiId": api_id, "stage": stage}],
            throttle={"rateLimit": share["rate"], "burstLimit": share["burst"]},
            quota={"limit": share["daily"], "period": "DAY"},
        )
        rest.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
        keys[partner] = key["value"]
    return keys
