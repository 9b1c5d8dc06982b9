"""Execution environments: cold and warm starts, versions, aliases, SnapStart, provisioned ones."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account, package
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

COUNTER = (
    "from course.account import work\n"
    "work(cpu_ms=500)\n"
    "count = 0\n"
    "def lambda_handler(event, context):\n"
    "    global count\n"
    "    count += 1\n"
    "    work(io_ms=(event or {}).get('ms', 0))\n"
    "    return count\n"
)


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


def init_durations(log: list[str]) -> list[float]:
    return [float(n) for n in re.findall(r"\tInit Duration: ([\d.]+) ms", "".join(log))]


@behaviour("lambda.warm_reuse")
def test_an_environment_is_initialised_once_and_reused(lambdas: Lambdas) -> None:
    lambdas.make(COUNTER)
    assert [lambdas.call() for _ in range(3)] == [1, 2, 3]
    log = lambdas.log()
    assert len(init_durations(log)) == 1
    assert sum(text.startswith("INIT_START") for text in log) == 1


@behaviour("lambda.warm_reuse")
def test_an_idle_environment_is_given_up(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(COUNTER)
    assert lambdas.call() == 1
    account.advance(minutes=5)
    assert lambdas.call() == 2
    account.advance(minutes=20)
    assert lambdas.call() == 1


def test_initialisation_does_not_depend_on_memory(lambdas: Lambdas) -> None:
    took = []
    for memory in (128, 3008):
        lambdas.make(COUNTER, f"f{memory}", MemorySize=memory)
        lambdas.call(name=f"f{memory}")
        took += init_durations(lambdas.log(f"f{memory}"))
    assert took[0] == pytest.approx(took[1], rel=0.1)


def test_initialisation_is_billed(lambdas: Lambdas) -> None:
    lambdas.make(COUNTER)
    lambdas.call()
    report = lambdas.log()[-1]
    duration, billed, init = (
        float(re.search(rf"\t{name}: ([\d.]+) ms", report)[1])  # type: ignore[index]
        for name in ("Duration", "Billed Duration", "Init Duration")
    )
    assert billed - 1 < duration + init <= billed


@behaviour("lambda.new_code_new_environment")
def test_an_update_starts_new_environments(lambdas: Lambdas) -> None:
    lambdas.make(COUNTER)
    assert [lambdas.call(), lambdas.call()] == [1, 2]
    lambdas.client.update_function_configuration(FunctionName="f", MemorySize=512)
    assert lambdas.call() == 1
    lambdas.client.update_function_code(
        FunctionName="f", ZipFile=package("def lambda_handler(e, c):\n    return 'new'\n")
    )
    assert lambdas.call() == "new"


@behaviour("lambda.restart_after_failure")
def test_after_a_timeout_the_code_starts_over_inside_the_next_call(lambdas: Lambdas) -> None:
    lambdas.make(COUNTER, Timeout=3)
    assert lambdas.call() == 1
    assert lambdas.call({"ms": 5000})["errorType"] == "Sandbox.Timedout"
    assert lambdas.call() == 1
    report = lambdas.log()[-1]
    assert "Init Duration" not in report
    assert float(re.search(r"\tDuration: ([\d.]+)", report)[1]) > 500  # type: ignore[index]
    streams = {re.search(r"\]([0-9a-f]{32})", text) for text in lambdas.log()}
    assert len(streams) == 1


@behaviour("lambda.versions_and_aliases")
def test_versions_are_frozen(lambdas: Lambdas) -> None:
    lambdas.make(
        "import os\ndef lambda_handler(e, c):\n    return [os.environ['V'], c.function_version]\n",
        Environment={"Variables": {"V": "one"}},
    )
    lambdas.client.publish_version(FunctionName="f")
    lambdas.client.update_function_configuration(
        FunctionName="f", Environment={"Variables": {"V": "two"}}
    )
    assert lambdas.call() == ["two", "$LATEST"]
    answer = lambdas.client.invoke(FunctionName="f", Qualifier="1")
    assert answer["ExecutedVersion"] == "1"
    assert lambdas.call(name="f:1") == ["one", "1"]


@behaviour("lambda.versions_and_aliases")
def test_a_version_gets_the_number_after_the_last(lambdas: Lambdas) -> None:
    lambdas.client.update_function_code(FunctionName="cart", ZipFile=package(COUNTER))
    assert lambdas.client.publish_version(FunctionName="cart")["Version"] == "13"


@behaviour("lambda.alias_weights")
def test_an_alias_divides_its_requests(lambdas: Lambdas) -> None:
    lambdas.make(
        "def lambda_handler(e, c):\n    return [c.function_version, c.invoked_function_arn]\n"
    )
    lambdas.client.publish_version(FunctionName="f")
    lambdas.client.update_function_configuration(FunctionName="f", MemorySize=256)
    lambdas.client.publish_version(FunctionName="f")
    lambdas.client.create_alias(
        FunctionName="f",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.25}},
    )
    answers = [lambdas.call(name="f:live") for _ in range(200)]
    shares = Counter(version for version, _ in answers)
    assert 30 < shares["2"] < 70
    assert shares["1"] + shares["2"] == 200
    assert {arn for _, arn in answers} == {"arn:aws:lambda:us-east-1:123456789012:function:f:live"}


@behaviour("lambda.snap_start")
def test_snap_start_restores_instead_of_initialising(lambdas: Lambdas) -> None:
    lambdas.make(COUNTER, SnapStart={"ApplyOn": "PublishedVersions"})
    lambdas.client.publish_version(FunctionName="f")
    shown = lambdas.client.get_function_configuration(FunctionName="f", Qualifier="1")
    assert shown["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"}
    lambdas.call(name="f:1")
    log = lambdas.log()
    assert log[0].startswith("RESTORE_START Runtime Version")
    assert re.search(r"\tRestore Duration: \d+", log[-1])
    assert init_durations(log) == []
    lambdas.call()
    assert len(init_durations(lambdas.log())) == 1, "$LATEST has no snapshot"


def test_snap_start_is_not_for_every_runtime(lambdas: Lambdas) -> None:
    with pytest.raises(ClientError, match="python3.11 is not supported for SnapStart"):
        lambdas.make(COUNTER, Runtime="python3.11", SnapStart={"ApplyOn": "PublishedVersions"})


# -- provisioned concurrency ---------------------------------------------------------------------


def provision(lambdas: Lambdas, account: Account, count: int) -> None:
    lambdas.make(COUNTER)
    lambdas.client.publish_version(FunctionName="f")
    lambdas.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    answer = lambdas.client.put_provisioned_concurrency_config(
        FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=count
    )
    assert answer["Status"] == "IN_PROGRESS"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    account.advance(seconds=30)


@behaviour("lambda.provisioned_concurrency")
def test_provisioned_environments_are_initialised_ahead(lambdas: Lambdas, account: Account) -> None:
    provision(lambdas, account, 2)
    found = lambdas.client.get_provisioned_concurrency_config(FunctionName="f", Qualifier="live")
    assert (found["Status"], found["AvailableProvisionedConcurrentExecutions"]) == ("READY", 2)
    assert lambdas.call(name="f:live") == 1
    account.advance(hours=3)
    assert lambdas.call(name="f:live") in (1, 2)
    assert init_durations(lambdas.log()) == []


@behaviour("lambda.provisioned_concurrency")
def test_requests_beyond_it_spill_over(lambdas: Lambdas, account: Account) -> None:
    provision(lambdas, account, 2)
    results = account.traffic("f:live", [(n, {"ms": 1000}) for n in range(3)])
    account.advance(seconds=10)
    assert [result["cold"] for result in results] == [False, False, True]
    assert lambdas.total("ProvisionedConcurrencyInvocations") == 2
    assert lambdas.total("ProvisionedConcurrencySpilloverInvocations") == 1
    assert lambdas.total("ProvisionedConcurrentExecutions", statistic="Maximum") == 2
    assert lambdas.total("ProvisionedConcurrencyUtilization", statistic="Maximum") == 1


def test_code_that_fails_at_initialisation_cannot_be_provisioned(
    lambdas: Lambdas, account: Account
) -> None:
    lambdas.make("1 / 0\n")
    lambdas.client.publish_version(FunctionName="f")
    lambdas.client.put_provisioned_concurrency_config(
        FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=2
    )
    account.advance(minutes=1)
    found = lambdas.client.get_provisioned_concurrency_config(FunctionName="f", Qualifier="1")
    assert (found["Status"], found["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")


@behaviour("lambda.provisioned_concurrency_checks")
@pytest.mark.parametrize(
    ("qualifier", "count", "message"),
    [
        ("$LATEST", 1, "cannot be applied to unpublished function versions"),
        ("1", 901, "greater than account's unreserved"),
    ],
)
def test_provisioned_concurrency_has_limits(
    lambdas: Lambdas, qualifier: str, count: int, message: str
) -> None:
    lambdas.make(COUNTER)
    lambdas.client.publish_version(FunctionName="f")
    with pytest.raises(ClientError, match=message):
        lambdas.client.put_provisioned_concurrency_config(
            FunctionName="f", Qualifier=qualifier, ProvisionedConcurrentExecutions=count
        )


def test_provisioned_concurrency_can_be_removed(lambdas: Lambdas, account: Account) -> None:
    provision(lambdas, account, 1)
    listed = lambdas.client.list_provisioned_concurrency_configs(FunctionName="f")
    assert len(listed["ProvisionedConcurrencyConfigs"]) == 1
    lambdas.client.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="live")
    with pytest.raises(ClientError, match="No Provisioned Concurrency Config found"):
        lambdas.client.get_provisioned_concurrency_config(FunctionName="f", Qualifier="live")
    lambdas.call(name="f:live")
    assert len(init_durations(lambdas.log())) == 1


# -- tracing -------------------------------------------------------------------------------------


@behaviour("lambda.tracing")
def test_active_tracing_writes_lambdas_segments(
    lambdas: Lambdas, account: Account, session: boto3.Session
) -> None:
    lambdas.make(
        "import os\ndef lambda_handler(e, c):\n    return os.environ['_X_AMZN_TRACE_ID']\n",
        TracingConfig={"Mode": "Active"},
    )
    header = dict(part.split("=") for part in lambdas.call().split(";"))
    assert header["Sampled"] == "1"
    assert f"XRAY TraceId: {header['Root']}\tSegmentId: {header['Parent']}" in lambdas.log()[-1]
    trace = session.client("xray").batch_get_traces(TraceIds=[header["Root"]])["Traces"][0]
    import json

    documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    by_origin = {document["origin"]: document for document in documents}
    own, service = by_origin["AWS::Lambda::Function"], by_origin["AWS::Lambda"]
    assert own["id"] == header["Parent"]
    assert own["parent_id"] == service["id"]
    names = [part["name"] for part in own["subsegments"]]
    assert names == ["Initialization", "Invocation", "Overhead"]


@behaviour("lambda.tracing")
def test_tracing_samples_one_request_a_second_and_some_of_the_rest(
    lambdas: Lambdas, account: Account
) -> None:
    lambdas.make(COUNTER, TracingConfig={"Mode": "Active"})
    account.traffic("f", [(n * 10, None) for n in range(1000)])
    account.advance(seconds=30)
    traced = sum("XRAY TraceId" in text for text in lambdas.log())
    assert 10 + 25 < traced < 10 + 80


def test_tracing_can_be_switched_on_later(lambdas: Lambdas) -> None:
    lambdas.make(COUNTER)
    lambdas.call()
    assert "XRAY" not in lambdas.log()[-1]
    lambdas.client.update_function_configuration(FunctionName="f", TracingConfig={"Mode": "Active"})
    lambdas.call()
    assert "XRAY" in lambdas.log()[-1]
