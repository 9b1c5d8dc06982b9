def green_function(api_name: str, path: str, function_name: str, alias: str) -> str:
    rest, functions = boto3.client("apigateway"), boto3.client("lambda")
    api = next(each["id"] for each in rest.get_rest_apis()["items"] if each["name"] == api_name)
    try:
        policy = functions.get_policy(FunctionName=function_name, Qualifier=alias)["Policy"]
    except functions.exceptions.ResourceNotFoundException:
        policy = ""
    called = functions.get_alias(FunctionName=function_name, Name=alias)
    if api not in policy:
        own = ":".join(called["AliasArn"].split(":")[3:5])
        functions.add_permission(
            FunctionName=called["AliasArn"],
            StatementId="let-the-api-in",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{own}:{api}/*",
        )
        return "permission"
    items = rest.get_resources(restApiId=api, embed=["methods"])["items"]
    place = next(each for each in items if each["path"] == path)
    waits = place["resourceMethods"]["POST"]["methodIntegration"]["timeoutInMillis"]
    limit = functions.get_function_configuration(FunctionName=function_name)["Timeout"]
    if waits < 1000 * limit:
        rest.update_integration(
            restApiId=api,
            resourceId=place["id"],
            httpMethod="POST",
            patchOperations=[
                {"op": "replace", "path": "/timeoutInMillis", "value": str(1000 * limit + 500)}
            ],
        )
        rest.create_deployment(restApiId=api, stageName="prod")
        return "timeout"
    reserved = functions.get_function_concurrency(FunctionName=function_name)
    if reserved.get("ReservedConcurrentExecutions", 100) < 10:
        functions.put_function_concurrency(
            FunctionName=function_name, ReservedConcurrentExecutions=60
        )
        return "concurrency"
    versions = functions.list_versions_by_function(FunctionName=function_name)["Versions"]
    numbers = sorted(int(each["Version"]) for each in versions if each["Version"] != "$LATEST")
    before = numbers[numbers.index(int(called["FunctionVersion"])) - 1]
    functions.update_alias(FunctionName=function_name, Name=alias, FunctionVersion=str(before))
    return "answer"
