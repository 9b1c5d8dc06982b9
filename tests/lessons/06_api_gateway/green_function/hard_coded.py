# misconception: the fault of the example is every shop's.
# expect: it was not the cause
def green_function(api_name: str, path: str, function_name: str, alias: str) -> str:
    functions = boto3.client("lambda")
    arn = functions.get_alias(FunctionName=function_name, Name=alias)["AliasArn"]
    source = ":".join(["arn:aws:execute-api", *arn.split(":")[3:5], "*"])
    functions.add_permission(
        FunctionName=function_name,
        Qualifier=alias,
        StatementId="once-more",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=source,
    )
    return "permission"
