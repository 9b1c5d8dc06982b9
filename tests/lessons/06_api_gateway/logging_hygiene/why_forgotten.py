# misconception: the type says why an integration failed
# expect: the integration's error
def log_safely(api_id: str, stage: str, log_group_arn: str, role_arn: str) -> None:
    """Set up the logs of a stage of a REST API."""
    rest = boto3.client("apigateway")
    rest.update_account(patchOperations=patch({"/cloudwatchRoleArn": role_arn}))
    members = (
        "requestId", "identity.sourceIp", "httpMethod", "resourcePath", "status", "responseLatency",
        "integrationLatency", "integrationStatus", "error.responseType",
    )  # fmt: skip
    line = json.dumps({each.replace(".", "_"): f"$context.{each}" for each in members})
    changes = {
        "/accessLogSettings/destinationArn": log_group_arn,
        "/accessLogSettings/format": line,
    }
    settings = rest.get_stage(restApiId=api_id, stageName=stage).get("methodSettings", {})
    for method in ("*/*", *settings):
        changes[f"/{method}/logging/loglevel"] = "ERROR"
        changes[f"/{method}/logging/dataTrace"] = "false"
    rest.update_stage(restApiId=api_id, stageName=stage, patchOperations=patch(changes))
