# misconception: every shop has the cart of the example.
# expect: A leak: the answer depends on the path's id
def cache_without_leaking(api_id: str, stage: str, pages: dict) -> None:
    rest = boto3.client("apigateway")
    resources = rest.get_resources(restApiId=api_id)["items"]
    name = "method.request.header.X-Customer"
    for each in resources:
        if each["path"] == "/cart":
            method = {"restApiId": api_id, "resourceId": each["id"], "httpMethod": "GET"}
            declared = [{"op": "add", "path": f"/requestParameters/{name}", "value": "false"}]
            rest.update_method(**method, patchOperations=declared)
            key = [{"op": "add", "path": f"/cacheKeyParameters/{name}"}]
            rest.update_integration(**method, patchOperations=key)
    rest.create_deployment(restApiId=api_id, stageName=stage)
    settings = {"/cacheClusterEnabled": "true", "/*/*/caching/ttlInSeconds": "20"}
    settings |= {"/*/*/caching/enabled": "true"}
    patch = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch)
