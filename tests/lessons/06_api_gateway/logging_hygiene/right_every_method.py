def log_safely(api_id: str, stage: str, log_group_arn: str, role_arn: str) -> None:
    """Set up the logs of a stage of a REST API."""
    rest = boto3.client("apigateway")
    rest.update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}]
    )
    line = json.dumps(
        {
            "id": {"request": "$context.requestId", "extended": "$context.extendedRequestId"},
            "who": "$context.identity.sourceIp",
            "asked": ["$context.httpMethod", "$context.resourcePath"],
            "got": {"status": "$context.status", "ms": "$context.responseLatency"},
            "type": "$context.error.responseType",
            "backend": {
                "status": "$context.integration.integrationStatus",
                "ms": "$context.integration.latency",
                "error": "$context.integration.error",
            },
        }
    )
    wanted = [
        ("/accessLogSettings/destinationArn", log_group_arn),
        ("/accessLogSettings/format", line),
    ]
    places = ["*/*"]
    found = rest.get_stage(restApiId=api_id, stageName=stage).get("methodSettings", {})
    for resource in rest.get_resources(restApiId=api_id)["items"]:
        for verb in resource.get("resourceMethods", {}):
            name = f"{resource['path'].replace('/', '~1')}/{verb}"
            places += [name] if name in found else []
    for place in places:
        wanted += [
            (f"/{place}/logging/loglevel", "ERROR"),
            (f"/{place}/logging/dataTrace", "false"),
        ]
    for path, value in wanted:
        operation = {"op": "replace", "path": path, "value": value}
        rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=[operation])
