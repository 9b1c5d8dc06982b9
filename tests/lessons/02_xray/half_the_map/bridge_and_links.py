# misconception: a Fargate task can have another network mode.
# expect: Fargate only supports network mode
def half_the_map(api_name: str, path: str, function_name: str, family: str) -> str:
    gateway, functions, ecs = (boto3.client(name) for name in ("apigateway", "lambda", "ecs"))
    [api] = [each["id"] for each in gateway.get_rest_apis()["items"] if each["name"] == api_name]
    if not gateway.get_stage(restApiId=api, stageName="prod").get("tracingEnabled"):
        patch = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
        gateway.update_stage(restApiId=api, stageName="prod", patchOperations=patch)
        return "stage"
    settings = functions.get_function_configuration(FunctionName=function_name)
    if settings["TracingConfig"]["Mode"] == "PassThrough":
        active = {"Mode": "Active"}
        functions.update_function_configuration(FunctionName=function_name, TracingConfig=active)
        return "function"
    task = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
    [app] = [each for each in task["containerDefinitions"] if each["name"] == "app"]
    for variable in app["environment"]:
        if variable["name"] == "AWS_XRAY_DAEMON_ADDRESS" and variable["value"].startswith("xray"):
            app["links"], task["networkMode"] = ["daemon:xray-daemon"], "bridge"
            variable["value"] = "xray-daemon:2000"
            kept = [
                "family",
                "networkMode",
                "requiresCompatibilities",
                "cpu",
                "memory",
                "taskRoleArn",
                "executionRoleArn",
                "containerDefinitions",
            ]
            ecs.register_task_definition(**{name: task[name] for name in kept if name in task})
            return "daemon"
    client = boto3.client("xray")
    rules = [each["SamplingRule"] for each in client.get_sampling_rules()["SamplingRuleRecords"]]
    for rule in rules:
        if (
            rule["URLPath"] == "*"
            and rule["ServiceName"] == f"{api_name}/prod"
            or rule["ServiceName"] == f"{api_name}/*"
            and rule["FixedRate"] == 0
        ):
            client.update_sampling_rule(
                SamplingRuleUpdate={"RuleName": rule["RuleName"], "URLPath": "/prod/health"}
            )
    return "rule"
