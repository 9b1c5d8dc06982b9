def log_safely(api_id: str, stage: str, log_group_arn: str, role_arn: str) -> None:
    """Set up the logs of a stage of a REST API."""
    rest, there = boto3.client("apigateway"), {"restApiId": api_id, "stageName": stage}
    if not rest.get_account().get("cloudwatchRoleArn"):
        role = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role_arn}
        rest.update_account(patchOperations=[role])
    line = (
        '{"id":"$context.extendedRequestId","ip":"$context.identity.sourceIp",'
        '"verb":"$context.httpMethod","path":"$context.resourcePath","status":$context.status,'
        '"ms":$context.responseLatency,"integrationMs":"$context.integrationLatency",'
        '"lambda":"$context.integrationStatus","type":"$context.error.responseType",'
        '"message":"$context.error.message","why":"$context.integration.error"}'
    )
    operations = patch(
        {
            "/accessLogSettings/format": line,
            "/accessLogSettings/destinationArn": log_group_arn,
            "/*/*/logging/loglevel": "ERROR",
            "/*/*/logging/dataTrace": "false",
        }
    )
    for name, settings in rest.get_stage(**there).get("methodSettings", {}).items():
        if settings["dataTraceEnabled"]:
            operations += patch({f"/{name}/logging/dataTrace": "false"})
        if settings["loggingLevel"] != "ERROR":
            operations += patch({f"/{name}/logging/loglevel": "ERROR"})
    rest.update_stage(**there, patchOperations=operations)
