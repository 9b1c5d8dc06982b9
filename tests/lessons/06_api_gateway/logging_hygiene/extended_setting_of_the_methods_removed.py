# misconception: removing the setting of a method only ends its tracing
# expect: are not what they were
def log_safely(api_id: str, stage: str, log_group_arn: str, role_arn: str) -> None:
    """Set up the logs of a stage of a REST API."""
    rest = boto3.client("apigateway")
    rest.update_account(patchOperations=patch({"/cloudwatchRoleArn": role_arn}))
    members = (
        "requestId", "identity.sourceIp", "httpMethod", "resourcePath", "status", "responseLatency",
        "integrationLatency", "integrationStatus", "error.responseType", "integration.error",
    )  # fmt: skip
    line = json.dumps({each: f"$context.{each}" for each in members})
    changes = {
        "/accessLogSettings/destinationArn": log_group_arn,
        "/accessLogSettings/format": line,
    }
    changes |= {"/*/*/logging/loglevel": "ERROR", "/*/*/logging/dataTrace": "false"}
    settings = rest.get_stage(restApiId=api_id, stageName=stage).get("methodSettings", {})
    removed = [{"op": "remove", "path": f"/{method}"} for method in settings if method != "*/*"]
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch(changes) + removed)
