# misconception: an old revision is of no use.
# expect: The old revision was deregistered
def half_the_map(api_name: str, path: str, function_name: str, family: str) -> str:
    """Finds what breaks the traces of orders, mends that, and returns which it was.

    An order is a POST to `path` (such as "/checkout") on the stage "prod" of the REST API api_name.
    The stage calls the function function_name, which calls a Fargate task of this family. The
    task's container "app" sends segments to the daemon in the same task, UDP port 2000.
    The sampling rule "orders" keeps all orders; to a rule, the stage is "<api_name>/prod" and the
    path begins with "/prod".
    Exactly one of the four things is broken. Returns "stage", "function", "daemon" or "rule".
    Afterwards every order has a whole trace, and everything else is as it was.

    >>> half_the_map("shop", "/checkout", "checkout", "tax")
    'stage'
    """
    ### BEGIN SOLUTION
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
        if variable["name"] == "AWS_XRAY_DAEMON_ADDRESS" and variable["value"] != "127.0.0.1:2000":
            variable["value"] = "127.0.0.1:2000"
            known = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape
            kept = {name: task[name] for name in known.members if name in task}
            ecs.register_task_definition(**kept)
            ecs.deregister_task_definition(taskDefinition=task["taskDefinitionArn"])
            return "daemon"
    client = boto3.client("xray")
    rules = [each["SamplingRule"] for each in client.get_sampling_rules()["SamplingRuleRecords"]]
    for rule in sorted(rules, key=lambda rule: rule["Priority"]):
        if rule["URLPath"] == "*" and rule["ServiceName"].startswith(f"{api_name}/"):
            update = {"RuleName": rule["RuleName"], "URLPath": "*/health"}
            client.update_sampling_rule(SamplingRuleUpdate=update)
            return "rule"
    ### END SOLUTION
