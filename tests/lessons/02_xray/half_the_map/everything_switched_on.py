# misconception: switching everything on does no harm.
# expect: it had nothing to do with the broken traces
def half_the_map(api_name: str, path: str, function_name: str, family: str) -> str:
    gateway, functions = boto3.client("apigateway"), boto3.client("lambda")
    patch = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
    for api in gateway.get_rest_apis()["items"]:
        gateway.update_stage(restApiId=api["id"], stageName="prod", patchOperations=patch)
    active = {"Mode": "Active"}
    functions.update_function_configuration(FunctionName=function_name, TracingConfig=active)
    return "stage"
