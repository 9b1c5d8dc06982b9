# misconception: the fault of the example is every shop's.
# expect: The orders are not traced at all
def half_the_map(api_name: str, path: str, function_name: str, family: str) -> str:
    gateway, functions, ecs = (boto3.client(name) for name in ("apigateway", "lambda", "ecs"))
    [api] = [each["id"] for each in gateway.get_rest_apis()["items"] if each["name"] == api_name]
    if not gateway.get_stage(restApiId=api, stageName="prod").get("tracingEnabled"):
        patch = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
        gateway.update_stage(restApiId=api, stageName="prod", patchOperations=patch)
        return "stage"
    return "stage"
