# misconception: there is one API in the account.
# expect: AWS refuses what green_function asks for
def green_function(api_name: str, path: str, function_name: str, alias: str) -> str:
    """Finds why orders fail though the function has no errors, mends that, returns the cause.

    An order is a POST to `path` (such as "/orders") on stage "prod" of the REST API api_name; its
    integration calls the alias of the function. The stage logs errors to the log group
    API-Gateway-Execution-Logs_{api id}/prod, and orders have failed there today.
    Exactly one thing is wrong; returns "answer", "permission", "concurrency" or "timeout".
    Afterwards every order succeeds, and all else is as it was:
    - the version that the alias pointed to before the newest one was good (of those that are left);
    - no other API may call the function than may now;
    - an order may take as long as the function's own timeout.

    >>> green_function("shop", "/orders", "orders", "live")
    'permission'
    """
    rest, functions = boto3.client("apigateway"), boto3.client("lambda")
    api = rest.get_rest_apis()["items"][0]["id"]
    log = f"API-Gateway-Execution-Logs_{api}/prod"
    events = boto3.client("logs").filter_log_events(logGroupName=log)["events"]
    said = " ".join(event["message"] for event in events)
    called = functions.get_alias(FunctionName=function_name, Name=alias)
    if "Malformed Lambda proxy response" in said:
        pages = functions.get_paginator("list_versions_by_function").paginate(
            FunctionName=function_name
        )
        names = [each["Version"] for page in pages for each in page["Versions"]]
        older = [int(v) for v in names if v.isdigit() and int(v) < int(called["FunctionVersion"])]
        functions.update_alias(
            FunctionName=function_name, Name=alias, FunctionVersion=str(max(older))
        )
        return "answer"
    if "Invalid permissions on Lambda function" in said:
        region, owner = called["AliasArn"].split(":")[3:5]
        functions.add_permission(
            FunctionName=function_name,
            Qualifier=alias,
            StatementId=f"{api_name}-orders",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{region}:{owner}:{api}/*/POST{path}",
        )
        return "permission"
    if "Rate Exceeded" in said:
        functions.delete_function_concurrency(FunctionName=function_name)
        return "concurrency"
    if "timeout" in said:
        [place] = [
            each["id"]
            for each in rest.get_resources(restApiId=api, limit=500)["items"]
            if each["path"] == path
        ]
        patient = [{"op": "replace", "path": "/timeoutInMillis", "value": "29000"}]
        method = {"restApiId": api, "resourceId": place, "httpMethod": "POST"}
        rest.update_integration(**method, patchOperations=patient)
        rest.create_deployment(restApiId=api, stageName="prod")
        return "timeout"
