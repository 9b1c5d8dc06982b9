# misconception: the stage is called prod.
# expect: Which of your calls name the stage
def log_safely(api_id: str, stage: str, log_group_arn: str, role_arn: str) -> None:
    """Set up the logs of a stage of a REST API; a function like this runs after every deployment.

    log_group_arn: of a group that exists. role_arn: with it API Gateway may write logs; perhaps the
    account's settings name none yet.
    Afterwards the group gets one JSON object for every request, whatever became of it, with: request
    id, source IP, HTTP method, resource path, status, response latency, integration latency and
    status, the error's response type, and the integration's error; in members of any name.
    The execution log has the failed requests, of any method, and never a request's data. Whatever
    else the stage and its methods were set to (limits, metrics, cache ...) stays as it was.

    >>> log_safely("a1b2c3", "prod", "arn:aws:logs:...:log-group:/shop/pay", "arn:aws:iam::...")
    """
    rest = boto3.client("apigateway")
    rest.update_account(patchOperations=patch({"/cloudwatchRoleArn": role_arn}))
    members = (
        "requestId", "identity.sourceIp", "httpMethod", "resourcePath", "status", "responseLatency",
        "integrationLatency", "integrationStatus", "error.responseType", "integration.error",
    )  # fmt: skip
    line = json.dumps({each.replace(".", "_"): f"$context.{each}" for each in members})
    changes = {
        "/accessLogSettings/destinationArn": log_group_arn,
        "/accessLogSettings/format": line,
    }
    settings = rest.get_stage(restApiId=api_id, stageName="prod").get("methodSettings", {})
    for method in ("*/*", *settings):
        changes[f"/{method}/logging/loglevel"] = "ERROR"
        changes[f"/{method}/logging/dataTrace"] = "false"
    rest.update_stage(restApiId=api_id, stageName="prod", patchOperations=patch(changes))
