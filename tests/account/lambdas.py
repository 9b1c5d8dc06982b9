"""Functions for tests: made from a few lines, invoked, and read back from their logs."""

from __future__ import annotations

import base64
import json
from typing import Any

import boto3

from course.account import package

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
HANDLER = "lambda_function.lambda_handler"


class Lambdas:
    """A client for Lambda with shorter words for what the tests do all the time."""

    def __init__(self, session: boto3.Session, clients: dict[str, Any]) -> None:
        for name in ("lambda", "iam", "logs", "cloudwatch", "sqs"):
            clients.setdefault(name, session.client(name))
        self.client = clients["lambda"]
        self._logs = clients["logs"]
        self._cloudwatch = clients["cloudwatch"]
        iam = clients["iam"]
        self.role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)["Role"][
            "Arn"
        ]

    def make(self, source: str | dict[str, Any], name: str = "f", **settings: Any) -> str:
        """A function from its source; its name."""
        given = {"Runtime": "python3.13", "Handler": HANDLER, "Role": self.role, **settings}
        self.client.create_function(FunctionName=name, Code={"ZipFile": package(source)}, **given)
        return name

    def call(self, event: Any = None, name: str = "f", **options: Any) -> Any:
        """Invoke and wait; what the function returned, or the error document."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event), **options)
        return json.loads(answer["Payload"].read() or b"null")

    def failure(self, event: Any = None, name: str = "f") -> tuple[str | None, Any]:
        """Invoke; FunctionError and the error document."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def tail(self, event: Any = None, name: str = "f") -> str:
        """Invoke; the end of its log."""
        answer = self.client.invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
        return base64.b64decode(answer["LogResult"]).decode()

    def log(self, name: str = "f") -> list[str]:
        """All messages of the function's log group, in order."""
        found = self._logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")
        return [event["message"] for event in found["events"]]

    def total(self, metric: str, name: str | None = "f", statistic: str = "Sum") -> float:
        """A metric of AWS/Lambda over the last day."""
        from datetime import UTC, datetime, timedelta

        now = datetime.now(UTC)
        dimensions = [{"Name": "FunctionName", "Value": name}] if name else []
        found = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=dimensions,
            StartTime=now - timedelta(hours=20),
            EndTime=now + timedelta(minutes=5),
            Period=86_400,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(point[statistic] for point in found))
