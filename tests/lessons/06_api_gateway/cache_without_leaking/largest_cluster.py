# misconception: a larger cluster is a better one.
# expect: The cluster has 237 GB
def cache_without_leaking(api_id: str, stage: str, pages: dict) -> None:
    """Lets a stage answer GET requests from a cache (cluster of 0.5 GB), at once and without leaks.

    pages: {"/products": {"seconds": 120, "depends_on": ["querystring.category"]}, ...}: for the GET
    method of each path how old an answer may be (0: not at all), and on what it depends:
    "querystring.x", "header.x" or "path.x". Afterwards
    - whoever repeats a request within that time gets the kept answer, whatever else is in it;
    - nobody gets an answer made for another value of what it depends on, or an older one;
    - no other path and no other method is answered from the cache;
    - Cache-Control: max-age=0 from a caller without permission changes nothing: the kept answer
      comes, with status 200.
    Caching settings of any kind may have been left on the stage, for all its methods ("*/*").

    >>> cache_without_leaking("2yw4acq9gf", "prod", PAGES)
    """
    rest = boto3.client("apigateway")
    resources = rest.get_resources(restApiId=api_id, limit=500)["items"]
    places = {each["path"]: each["id"] for each in resources}
    settings = {"/cacheClusterEnabled": "true", "/cacheClusterSize": "237"}
    settings["/*/*/caching/enabled"] = "false"
    for path, page in pages.items():
        method = {"restApiId": api_id, "resourceId": places[path], "httpMethod": "GET"}
        names = [f"method.request.{part}" for part in page["depends_on"]]
        declared = [
            {"op": "add", "path": f"/requestParameters/{n}", "value": "false"} for n in names
        ]
        rest.update_method(**method, patchOperations=declared)
        keys = [{"op": "add", "path": f"/cacheKeyParameters/{n}"} for n in names]
        rest.update_integration(**method, patchOperations=keys)
        place = f"/{path.replace('/', '~1')}/GET/caching"
        settings[f"{place}/enabled"] = "true" if page["seconds"] else "false"
        settings[f"{place}/ttlInSeconds"] = str(page["seconds"])
        settings[f"{place}/requireAuthorizationForCacheControl"] = "true"
        strategy = f"{place}/unauthorizedCacheControlHeaderStrategy"
        settings[strategy] = "SUCCEED_WITH_RESPONSE_HEADER"
    rest.create_deployment(restApiId=api_id, stageName=stage)
    patch = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch)
