"""Building APIs and functions for tests with as few words as possible."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import requests

from course.account import Account
from course.account.functions.packages import package
from course.account.provision import TRUST

OWNER = "123456789012"
ROLE = f"arn:aws:iam::{OWNER}:role/functions"
ECHO = """
import json
def lambda_handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
# Does what the request's body says: returns it, fails, takes time.
OBEDIENT = """
import json, time
calls = []
def lambda_handler(event, context):
    calls.append(1)
    order = json.loads(event["body"] or '{"return": {"statusCode": 200}}')
    time.sleep(order.get("sleep", 0))
    if "raise" in order:
        raise ValueError(order["raise"])
    if order.get("count"):
        return {"statusCode": 200, "body": str(len(calls))}
    return order.get("return")
"""
COUNTING = """
calls = []
def lambda_handler(event, context):
    calls.append(1)
    return {"statusCode": 200, "body": str(len(calls))}
"""


_clients: dict[str, Any] = {}


def patch(path: str, value: Any = None, op: str = "replace") -> dict[str, str]:
    """One patch operation."""
    found = {"op": op, "path": path}
    return found if value is None else {**found, "value": str(value)}


@dataclass
class Gateway:
    """API Gateway and Lambda of an open account."""

    account: Account
    session: boto3.Session
    api: str = ""
    places: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rest = self.client("apigateway")
        self.http = self.client("apigatewayv2")
        self.functions = self.client("lambda")
        self.logs = self.client("logs")
        self.client("iam").create_role(
            RoleName="functions", AssumeRolePolicyDocument=json.dumps(TRUST)
        )
        self.api = self.rest.create_rest_api(name="shop")["id"]
        root = self.rest.get_resources(restApiId=self.api)["items"][0]["id"]
        self.places = {"/": root}

    def client(self, service: str) -> Any:
        """A client, kept over all tests: making one is what costs time."""
        if service not in _clients:
            _clients[service] = self.session.client(service)
        return _clients[service]

    # --- functions -------------------------------------------------------------------------------

    def function(self, name: str, source: str = ECHO, *, let_in: bool = True, **more: Any) -> str:
        """A function, and its ARN; API Gateway may call it."""
        made = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="lambda_function.lambda_handler",
            Role=ROLE,
            Code={"ZipFile": package(source)},
            **more,
        )
        if let_in:
            self.functions.add_permission(
                FunctionName=name,
                StatementId="api",
                Action="lambda:InvokeFunction",
                Principal="apigateway.amazonaws.com",
            )
        return str(made["FunctionArn"])

    @staticmethod
    def uri(function: str) -> str:
        """The address with which an integration names a function."""
        path = f"lambda:path/2015-03-31/functions/{function}/invocations"
        return f"arn:aws:apigateway:us-east-1:{path}"

    # --- REST APIs -------------------------------------------------------------------------------

    def resource(self, path: str) -> str:
        """A resource's id; made with its parents when it is not there yet."""
        if path not in self.places:
            parent, _, part = path.rpartition("/")
            above = self.resource(parent or "/")
            made = self.rest.create_resource(restApiId=self.api, parentId=above, pathPart=part)
            self.places[path] = made["id"]
        return self.places[path]

    def where(self, verb: str, path: str) -> dict[str, str]:
        """The parameters that name a method."""
        return {"restApiId": self.api, "resourceId": self.resource(path), "httpMethod": verb}

    def proxy(
        self, verb: str, path: str, function: str, *, integration: Any = None, **method: Any
    ) -> None:
        """A method that a function answers."""
        self.rest.put_method(**self.where(verb, path), **{"authorizationType": "NONE", **method})
        self.rest.put_integration(
            **self.where(verb, path),
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=self.uri(function),
            **(integration or {}),
        )

    def mock(
        self,
        verb: str,
        path: str,
        *,
        template: str = '{"statusCode": 200}',
        body: str = "",
        integration: Any = None,
        **method: Any,
    ) -> None:
        """A method that answers by itself."""
        where = self.where(verb, path)
        self.rest.put_method(**where, **{"authorizationType": "NONE", **method})
        self.rest.put_integration(
            **where,
            type="MOCK",
            requestTemplates={"application/json": template},
            **(integration or {}),
        )
        self.rest.put_method_response(**where, statusCode="200")
        self.rest.put_integration_response(
            **where, statusCode="200", responseTemplates={"application/json": body}
        )

    def deploy(self, stage: str = "prod", *operations: dict[str, str]) -> str:
        """Deploy, patch the stage; returns the stage's address."""
        self.rest.create_deployment(restApiId=self.api, stageName=stage)
        if operations:
            self.patch(*operations, stage=stage)
        return self.address(stage)

    def patch(self, *operations: dict[str, str], stage: str = "prod") -> Any:
        """Patch a stage; logging has its role."""
        self.rest.update_account(patchOperations=[patch("/cloudwatchRoleArn", ROLE)])
        return self.rest.update_stage(
            restApiId=self.api, stageName=stage, patchOperations=list(operations)
        )

    def address(self, stage: str = "prod") -> str:
        return f"https://{self.api}.execute-api.us-east-1.amazonaws.com/{stage}"

    def access_log(self, log_format: str | Mapping[str, str], stage: str = "prod") -> str:
        """Send access logs of this format to a new group; returns its name."""
        if isinstance(log_format, Mapping):
            log_format = json.dumps(log_format)
        self.logs.create_log_group(logGroupName="/shop/access")
        arn = f"arn:aws:logs:us-east-1:{OWNER}:log-group:/shop/access"
        self.patch(
            patch("/accessLogSettings/destinationArn", arn),
            patch("/accessLogSettings/format", log_format),
            stage=stage,
        )
        return "/shop/access"

    def key(self, name: str, **plan: Any) -> tuple[str, str, str]:
        """An API key in a usage plan of the stage prod: (value, key id, plan id)."""
        stages = plan.pop("apiStages", [{"apiId": self.api, "stage": "prod"}])
        made = self.rest.create_api_key(name=name, enabled=True)
        held = self.rest.create_usage_plan(name=name, apiStages=stages, **plan)
        self.rest.create_usage_plan_key(usagePlanId=held["id"], keyId=made["id"], keyType="API_KEY")
        return made["value"], made["id"], held["id"]

    # --- HTTP APIs -------------------------------------------------------------------------------

    def http_api(
        self, routes: Mapping[str, str], *, stage: str = "$default", **options: Any
    ) -> str:
        """An HTTP API with a function for every route; returns its address."""
        made = self.http.create_api(Name="web", ProtocolType="HTTP", **_taken(options, "Cors"))
        api = made["ApiId"]
        for route_key, function in routes.items():
            integration = self.http.create_integration(
                ApiId=api,
                IntegrationType="AWS_PROXY",
                IntegrationUri=function,
                PayloadFormatVersion=options.get("version", "2.0"),
                **_taken(options, "TimeoutInMillis"),
            )
            self.http.create_route(
                ApiId=api,
                RouteKey=route_key,
                Target=f"integrations/{integration['IntegrationId']}",
                **_taken(options, "Auth"),
            )
        more = _taken(options, "DefaultRouteSettings", "AccessLogSettings", "RouteSettings")
        self.http.create_stage(ApiId=api, StageName=stage, AutoDeploy=True, **more)
        suffix = "" if stage == "$default" else f"/{stage}"
        return f"https://{api}.execute-api.us-east-1.amazonaws.com{suffix}"

    # --- what is left behind ---------------------------------------------------------------------

    def lines(self, group: str) -> list[str]:
        """The messages of a log group, in order."""
        found = self.logs.filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in found]

    def execution_log(self, stage: str = "prod") -> list[str]:
        """The execution log's messages without the request's id."""
        group = f"API-Gateway-Execution-Logs_{self.api}/{stage}"
        return [line.partition(") ")[2] for line in self.lines(group)]

    def metric(self, name: str, statistic: str = "Sum", **dimensions: str) -> float:
        """A metric of the last hour, once its minute is over."""
        self.account.advance(minutes=1)
        now = self.account.now
        found = self.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=now.timestamp() - 3600,
            EndTime=now.timestamp() + 60,
            Period=3600,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(point[statistic] for point in found))


def _taken(options: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        if name in ("Cors", "Auth"):
            found |= options.get(name, {})
        elif name in options:
            found[name] = options[name]
    return found


def ask(address: str, order: Any = None, method: str = "POST", **options: Any) -> requests.Response:
    """A request with an order for OBEDIENT."""
    body = None if order is None else json.dumps(order)
    return requests.request(method, address, data=body, timeout=90, **options)
