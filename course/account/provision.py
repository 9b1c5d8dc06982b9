"""Creating what a world's `resources` list, when its service is first asked.

Importing a service's part of moto takes 0.2 to 1.2 s, so nothing is created before it is needed.
Everything goes through boto3 as a student's own calls would, but is not recorded.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Clients = Callable[[str], Any]
Described = Mapping[str, Any]
ROLE = "shop-functions"
# What get_function shows; it is never run: `functions.runtime` refuses by name to invoke it, since
# what the shop's functions do is not in it.
CODE = "def lambda_handler(event, context):\n    raise NotImplementedError\n"
# With which API Gateway writes logs; nobody assumes it here, so it is only named.
LOG_ROLE = "api-gateway-logs"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def create(service: str, resources: Described, clients: Clients) -> None:
    """Create the resources of one service; a service that the world does not use has none."""
    maker = MAKERS.get(service)
    listed = resources.get(service, ())
    if maker is not None and listed:
        maker(clients, listed)
    if service == "lambda":
        _let_topics_in(clients("lambda"), resources.get("sns", ()))
        _let_apis_in(clients("lambda"), resources.get("apigateway", ()))


def _functions(clients: Clients, functions: Sequence[Described]) -> None:
    role = clients("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(TRUST))
    for described in functions:
        _function(clients("lambda"), described, role["Role"]["Arn"])
    if any("event_source" in described for described in functions):
        # Whoever asks for the mappings first finds the world's.
        clients("lambda").list_event_source_mappings()


def _function(client: Any, described: Described, role: str) -> None:
    name = described["name"]
    client.create_function(
        FunctionName=name,
        Runtime=described["runtime"],
        Handler=described["handler"],
        MemorySize=described["memory"],
        Timeout=described["timeout"],
        TracingConfig={"Mode": described.get("tracing", "PassThrough")},
        LoggingConfig=_logging(described),
        Role=role,
        Code={"ZipFile": _package()},
    )
    version = client.publish_version(FunctionName=name)["Version"]
    if "version" in described:
        version = _renumber(client, name, version, described["version"])
    if "alias" in described:
        client.create_alias(FunctionName=name, Name=described["alias"], FunctionVersion=version)
    if "reserved_concurrency" in described:
        reserved = described["reserved_concurrency"]
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)


def _let_topics_in(client: Any, topics: Sequence[Described]) -> None:
    """The permission without which SNS could not invoke the functions that subscribe."""
    region, account = client.meta.region_name, os.environ["MOTO_ACCOUNT_ID"]
    for described in topics:
        for subscription in described.get("subscriptions", ()):
            if "lambda" in subscription:
                client.add_permission(
                    FunctionName=subscription["lambda"],
                    StatementId=f"sns-{described['name']}",
                    Action="lambda:InvokeFunction",
                    Principal="sns.amazonaws.com",
                    SourceArn=f"arn:aws:sns:{region}:{account}:{described['name']}",
                )


def _let_apis_in(client: Any, apis: Sequence[Described]) -> None:
    """The permission without which API Gateway could not invoke the functions of an API."""
    region, account = client.meta.region_name, os.environ["MOTO_ACCOUNT_ID"]
    called = {method["lambda"] for described in apis for method in described["methods"]}
    for name in sorted(called):
        client.add_permission(
            FunctionName=name,
            StatementId="apigateway",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{region}:{account}:*",
        )


def _logging(described: Described) -> dict[str, str]:
    settings = {
        "LogFormat": described.get("log_format", "Text"),
        "LogGroup": f"/aws/lambda/{described['name']}",
    }
    if "system_log_level" in described:
        settings["SystemLogLevel"] = described["system_log_level"]
    return settings


def _renumber(client: Any, name: str, published: str, wanted: int) -> str:
    """Give the one published version its number: publishing 200 times would take a second."""
    from moto.awslambda.models import lambda_backends

    arn = client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    region, account = arn.split(":")[3:5]
    function = lambda_backends[account][region]._lambdas._functions[name]["versions"][-1]
    function.version = wanted
    function.function_arn = f"{arn}:{wanted}"
    return str(wanted)


def _package() -> bytes:
    """A deployment package that is the same every time."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr(zipfile.ZipInfo("lambda_function.py"), CODE)
    return archive.getvalue()


def _tables(clients: Clients, tables: Sequence[Described]) -> None:
    """Tables with keys of strings; provisioned ones where their capacity is given."""
    for described in tables:
        keys = {"HASH": described["hash_key"]}
        if "range_key" in described:
            keys["RANGE"] = described["range_key"]
        settings: dict[str, Any] = {"BillingMode": described.get("billing", "PAY_PER_REQUEST")}
        if "read_capacity" in described:
            settings["BillingMode"] = "PROVISIONED"
            settings["ProvisionedThroughput"] = {
                "ReadCapacityUnits": described["read_capacity"],
                "WriteCapacityUnits": described["write_capacity"],
            }
        clients("dynamodb").create_table(
            TableName=described["name"],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for kind, key in keys.items()],
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in keys.values()
            ],
            **settings,
        )


def _caches(clients: Clients, caches: Sequence[Described]) -> None:
    for described in caches:
        clients("elasticache").create_cache_cluster(
            CacheClusterId=described["name"],
            Engine=described["engine"],
            CacheNodeType=described["node_type"],
            NumCacheNodes=1,
        )


def _apis(clients: Clients, apis: Sequence[Described]) -> None:
    for described in apis:
        _api(clients("apigateway"), described)


def _api(client: Any, described: Described) -> None:
    api = client.create_rest_api(name=described["name"])["id"]
    root = client.get_resources(restApiId=api)["items"][0]["id"]
    places = {"": root}
    for method in described["methods"]:
        resource = _resource(client, api, places, method["path"])
        verb = method["http_method"]
        where = {"restApiId": api, "resourceId": resource, "httpMethod": verb}
        client.put_method(**where, authorizationType="NONE")
        client.put_integration(
            **where,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=_invocation(client, method["lambda"]),
            timeoutInMillis=method["timeout_ms"],
        )
    client.create_deployment(restApiId=api, stageName=described["stage"])
    _stage(client, api, described)


def _resource(client: Any, api: str, places: dict[str, str], path: str) -> str:
    """The resource at a path, created with its parents; `places` remembers what is there."""
    if path not in places:
        parent, _, part = path.rpartition("/")
        above = _resource(client, api, places, parent)
        made = client.create_resource(restApiId=api, parentId=above, pathPart=part)
        places[path] = made["id"]
    return places[path]


def _invocation(client: Any, function: str) -> str:
    region = client.meta.region_name
    arn = f"arn:aws:lambda:{region}:{os.environ['MOTO_ACCOUNT_ID']}:function:{function}"
    return f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"


def _stage(client: Any, api: str, described: Described) -> None:
    changes = []
    if described.get("tracing"):
        changes.append({"op": "replace", "path": "/tracingEnabled", "value": "true"})
    changes += _access_log(client, described)
    for method in described["methods"]:
        place = method["path"].replace("/", "~1")
        for name, option in (("rate_limit", "rateLimit"), ("burst_limit", "burstLimit")):
            if name in method:
                path = f"/{place}/{method['http_method']}/throttling/{option}"
                changes.append({"op": "replace", "path": path, "value": str(method[name])})
    if changes:
        client.update_stage(restApiId=api, stageName=described["stage"], patchOperations=changes)


def _access_log(client: Any, described: Described) -> list[dict[str, str]]:
    """The patch that sends access logs to their group; the account allows logging from then on."""
    if "access_log_group" not in described:
        return []
    region, account = client.meta.region_name, os.environ["MOTO_ACCOUNT_ID"]
    role = f"arn:aws:iam::{account}:role/{LOG_ROLE}"
    path, op = "/cloudwatchRoleArn", "replace"
    client.update_account(patchOperations=[{"op": op, "path": path, "value": role}])
    group = f"arn:aws:logs:{region}:{account}:log-group:{described['access_log_group']}"
    settings = {"destinationArn": group, "format": described["access_log_format"]}
    return [
        {"op": op, "path": f"/accessLogSettings/{name}", "value": value}
        for name, value in settings.items()
    ]


MAKERS: dict[str, Callable[[Clients, Sequence[Described]], None]] = {
    "lambda": _functions,
    "dynamodb": _tables,
    "elasticache": _caches,
    "apigateway": _apis,
}
