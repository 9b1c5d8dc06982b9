"""Power tuning, and what the control plane keeps and refuses."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course import show
from course.account import Account, NotSimulated, package
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

MIXED = (
    "from course.account import work\n"
    "def lambda_handler(event, context):\n    work(cpu_ms=80, io_ms=40, spread=0.1)\n"
)
ECHO = "def lambda_handler(event, context):\n    return event\n"


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


@behaviour("lambda.power_tuning")
def test_power_tuning_compares_memory_sizes(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(MIXED, Timeout=30, MemorySize=256)
    rows = account.tune("f", memory=(128, 512, 1769, 3008), runs=10)
    assert [row["memory_mb"] for row in rows] == [128, 512, 1769, 3008]
    durations = [row["duration_p50_ms"] for row in rows]
    assert durations[0] > 4 * durations[1] * 0.8
    assert durations[2] == pytest.approx(120, rel=0.15)
    assert durations[3] == pytest.approx(durations[2], rel=0.15)
    assert rows[3]["cost_per_million_usd"] > rows[2]["cost_per_million_usd"]
    assert all(row["duration_p50_ms"] <= row["duration_p95_ms"] for row in rows)
    assert all(row["errors"] == 0 and row["init_ms"] > 0 for row in rows)
    assert lambdas.client.get_function_configuration(FunctionName="f")["MemorySize"] == 256
    assert show.tuning(rows, title="f").data["memory_mb"] == [128, 512, 1769, 3008]


def test_tuning_says_what_it_cannot_do(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(MIXED)
    with pytest.raises(ValueError, match="at least one run"):
        account.tune("f", runs=0)
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(ValueError, match="was throttled"):
        account.tune("f", memory=(128,), runs=1)
    assert lambdas.client.get_function_configuration(FunctionName="f")["MemorySize"] == 128


# -- control plane -------------------------------------------------------------------------------


@behaviour("lambda.settings_kept")
def test_settings_are_kept_from_the_start(lambdas: Lambdas) -> None:
    lambdas.make(
        ECHO,
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:orders-dlq"},
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
        SnapStart={"ApplyOn": "PublishedVersions"},
        TracingConfig={"Mode": "Active"},
    )
    found = lambdas.client.get_function_configuration(FunctionName="f")
    assert found["DeadLetterConfig"]["TargetArn"].endswith(":orders-dlq")
    assert found["LoggingConfig"] == {
        "LogFormat": "JSON",
        "LogGroup": "/aws/lambda/f",
        "ApplicationLogLevel": "INFO",
        "SystemLogLevel": "WARN",
    }
    assert found["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert found["TracingConfig"] == {"Mode": "Active"}


@behaviour("lambda.settings_kept")
def test_settings_are_kept_from_an_update(lambdas: Lambdas) -> None:
    lambdas.make(ECHO)
    lambdas.client.update_function_configuration(
        FunctionName="f",
        TracingConfig={"Mode": "Active"},
        DeadLetterConfig={"TargetArn": "arn:aws:sqs:us-east-1:123456789012:orders-dlq"},
        LoggingConfig={"LogFormat": "JSON"},
        EphemeralStorage={"Size": 1024},
    )
    found = lambdas.client.get_function_configuration(FunctionName="f")
    assert found["TracingConfig"] == {"Mode": "Active"}
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    assert found["EphemeralStorage"] == {"Size": 1024}
    assert "DeadLetterConfig" in found


@behaviour("lambda.settings_checked")
@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"MemorySize": 20_000}, "ValidationException", "less than or equal to 10240"),
        ({"Timeout": 1000}, "ValidationException", "less than or equal to 900"),
        ({"Runtime": "python2.5"}, "ValidationException", "enum value set"),
        ({"Runtime": "python3.8"}, "InvalidParameterValueException", "no longer supported"),
        (
            {"Environment": {"Variables": {"AWS_REGION": "x"}}},
            "InvalidParameterValueException",
            "reserved keys",
        ),
    ],
)
def test_settings_that_aws_refuses(
    lambdas: Lambdas, settings: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as error:
        lambdas.make(ECHO, **settings)
    assert error.value.response["Error"]["Code"] == code
    lambdas.make(ECHO)
    with pytest.raises(ClientError, match=message):
        lambdas.client.update_function_configuration(FunctionName="f", **settings)


@behaviour("lambda.settings_checked")
def test_a_package_that_is_no_zip_is_refused(lambdas: Lambdas) -> None:
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        lambdas.client.create_function(
            FunctionName="f",
            Runtime="python3.13",
            Role=lambdas.role,
            Handler="a.b",
            Code={"ZipFile": b"no zip"},
        )
    lambdas.make(ECHO)
    with pytest.raises(ClientError, match="Could not unzip uploaded file"):
        lambdas.client.update_function_code(FunctionName="f", ZipFile=b"no zip")


def test_a_package_is_the_same_every_time() -> None:
    assert package(ECHO) == package({"lambda_function.py": ECHO})


@behaviour("lambda.function_url_refused")
def test_calling_a_function_url_is_refused(lambdas: Lambdas) -> None:
    import requests

    lambdas.make(ECHO)
    url = lambdas.client.create_function_url_config(FunctionName="f", AuthType="NONE")
    with pytest.raises(NotSimulated, match="invoke"):
        requests.get(url["FunctionUrl"], timeout=1)


@behaviour("lambda.recursion_and_runtime_management_refused")
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_function_recursion_config", {"RecursiveLoop": "Allow"}),
        ("get_function_recursion_config", {}),
        ("put_runtime_management_config", {"UpdateRuntimeOn": "Auto"}),
        ("get_function_scaling_config", {"Qualifier": "1"}),
    ],
)
def test_operations_that_are_refused(
    lambdas: Lambdas, operation: str, parameters: dict[str, Any]
) -> None:
    lambdas.make(ECHO)
    with pytest.raises(NotSimulated, match="lambda:"):
        getattr(lambdas.client, operation)(FunctionName="f", **parameters)
