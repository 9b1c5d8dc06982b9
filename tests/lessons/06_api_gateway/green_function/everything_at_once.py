# misconception: whatever could be wrong is mended, for all.
# expect: which belongs to others
def green_function(api_name: str, path: str, function_name: str, alias: str) -> str:
    rest, functions = boto3.client("apigateway"), boto3.client("lambda")
    for api in rest.get_rest_apis()["items"]:
        for place in rest.get_resources(restApiId=api["id"])["items"]:
            if place["path"] == path:
                rest.update_integration(
                    restApiId=api["id"],
                    resourceId=place["id"],
                    httpMethod="POST",
                    patchOperations=[
                        {"op": "replace", "path": "/timeoutInMillis", "value": "29000"}
                    ],
                )
        rest.create_deployment(restApiId=api["id"], stageName="prod")
    functions.delete_function_concurrency(FunctionName=function_name)
    functions.add_permission(
        FunctionName=function_name,
        Qualifier=alias,
        StatementId="again",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return "permission"
