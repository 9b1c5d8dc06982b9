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
            app["environment"].remove(variable)
            known = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
            ecs.register_task_definition(**{k: v for k, v in task.items() if k in known.members})
            return "daemon"
    client = boto3.client("xray")
    rules = [each["SamplingRule"] for each in client.get_sampling_rules()["SamplingRuleRecords"]]
    mine = [r for r in rules if r["ServiceName"].split("/")[0] == api_name and not r["FixedRate"]]
    only_health = {"RuleName": mine[0]["RuleName"], "URLPath": "*/health"}
    client.update_sampling_rule(SamplingRuleUpdate=only_health)
    return "rule"
