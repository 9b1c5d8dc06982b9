def cache_without_leaking(api_id: str, stage: str, pages: dict) -> None:
    rest = boto3.client("apigateway")
    found = rest.get_resources(restApiId=api_id, embed=["methods"])["items"]
    where = {"restApiId": api_id, "stageName": stage}

    def patched(**settings: str) -> list:
        return [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]

    base = "/*/*/caching"
    general = {"/cacheClusterEnabled": "true", "/cacheClusterSize": "0.5"}
    general[f"{base}/requireAuthorizationForCacheControl"] = "true"
    general[f"{base}/unauthorizedCacheControlHeaderStrategy"] = "SUCCEED_WITHOUT_RESPONSE_HEADER"
    rest.update_stage(**where, patchOperations=patched(**general))
    for resource in found:
        page = pages.get(resource["path"], {"seconds": 0, "depends_on": []})
        if "GET" not in resource.get("resourceMethods", {}):
            continue
        method = {"restApiId": api_id, "resourceId": resource["id"], "httpMethod": "GET"}
        for part in page["depends_on"]:
            name = f"method.request.{part}"
            declared = [{"op": "add", "path": f"/requestParameters/{name}", "value": "true"}]
            if not part.startswith("path"):
                declared[0]["value"] = "false"
            rest.update_method(**method, patchOperations=declared)
            key = [{"op": "add", "path": f"/cacheKeyParameters/{name}"}]
            rest.update_integration(**method, patchOperations=key)
        place = "/" + resource["path"].replace("/", "~1") + "/GET/caching"
        own = {f"{place}/enabled": "true" if page["seconds"] > 0 else "false"}
        own[f"{place}/ttlInSeconds"] = str(page["seconds"])
        rest.update_stage(**where, patchOperations=patched(**own))
    rest.create_deployment(**where)
