"""Concurrency: reservations, the account's limit, the scaling rate, throttles."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from course.account import Account, fresh
from course.telemetry.world import World
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

SLOW = (
    "from course.account import work\n"
    "def lambda_handler(event, context):\n    work(io_ms=event)\n    return event\n"
)


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    found = Lambdas(session, clients)
    found.make(SLOW, Timeout=60)
    return found


def statuses(results: list[dict[str, Any]]) -> list[int | None]:
    return [result["status"] for result in results]


@behaviour("lambda.reserved_concurrency")
def test_reserved_concurrency_throttles_what_is_beyond(lambdas: Lambdas, account: Account) -> None:
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    results = account.traffic("f", [(n, 1000) for n in range(4)] + [(3000, 1000)])
    account.advance(seconds=10)
    assert statuses(results) == [200, 200, 429, 429, 200]
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert {result["reason"] for result in results[2:4]} == {reason}
    assert lambdas.total("Throttles") == 2
    assert lambdas.total("Invocations") == 3
    assert lambdas.total("Errors") == 0


@behaviour("lambda.reserved_concurrency")
def test_a_reservation_of_zero_stops_a_function(lambdas: Lambdas, session: boto3.Session) -> None:
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    client = session.client("lambda", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError, match="Rate Exceeded") as error:
        client.invoke(FunctionName="f", Payload=b"1")
    response = error.value.response
    assert response["Error"]["Code"] == "TooManyRequestsException"
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"


@pytest.mark.parametrize("reserved", [0, 5])
def test_get_function_shows_what_is_reserved(lambdas: Lambdas, reserved: int) -> None:
    assert "Concurrency" not in lambdas.client.get_function(FunctionName="f")
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=reserved)
    found = lambdas.client.get_function(FunctionName="f")["Concurrency"]
    assert found == {"ReservedConcurrentExecutions": reserved}
    lambdas.client.delete_function_concurrency(FunctionName="f")
    assert "Concurrency" not in lambdas.client.get_function(FunctionName="f")


def test_throttled_requests_leave_no_log(lambdas: Lambdas, account: Account) -> None:
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    account.traffic("f", [(0, 1000), (1, 1000)])
    account.advance(seconds=5)
    assert sum(text.startswith("START") for text in lambdas.log()) == 1


@behaviour("lambda.unreserved_minimum")
def test_a_hundred_executions_stay_unreserved(lambdas: Lambdas) -> None:
    with pytest.raises(ClientError, match=r"below its minimum value of \[100\]") as error:
        # cart has 3 reserved already.
        lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=898)
    assert error.value.response["Error"]["Code"] == "InvalidParameterValueException"
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=897)


@behaviour("lambda.account_settings")
def test_account_settings_show_what_is_left(lambdas: Lambdas) -> None:
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=100)
    settings = lambdas.client.get_account_settings()
    assert settings["AccountLimit"]["ConcurrentExecutions"] == 1000
    assert settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 897
    assert settings["AccountUsage"]["FunctionCount"] == 2


@behaviour("lambda.account_limit")
def test_another_function_can_use_the_unreserved_part_up(
    lambdas: Lambdas, account: Account
) -> None:
    lambdas.make(SLOW, "g", Timeout=60)
    lambdas.make(SLOW, "kept", Timeout=60)
    lambdas.client.put_function_concurrency(FunctionName="kept", ReservedConcurrentExecutions=800)
    noisy = account.traffic("g", [(n / 10, 20_000) for n in range(250)])
    victim = account.traffic("f", [(1000, 10), (25_000, 10)])
    kept = account.traffic("kept", [(1000, 10)])
    account.advance(minutes=1)
    assert statuses(noisy).count(429) == 250 - 197
    assert statuses(victim) == [429, 200]
    assert victim[0]["reason"] == "ConcurrentInvocationLimitExceeded"
    assert statuses(kept) == [200]
    assert lambdas.total("UnreservedConcurrentExecutions", None, "Maximum") == 197


@behaviour("lambda.concurrency_quota")
def test_an_account_may_have_another_limit() -> None:
    quota = {"service": "lambda", "name": "Concurrent executions", "value": 105}
    world = World(
        "small", 1_773_000_000_000, 1_773_000_000_000, [], [], {"service-quotas": [quota]}
    )
    with fresh(world) as small:
        lambdas = Lambdas(boto3.Session(), {})
        lambdas.make(SLOW, Timeout=60)
        assert lambdas.client.get_account_settings()["AccountLimit"]["ConcurrentExecutions"] == 105
        with pytest.raises(ClientError, match="below its minimum"):
            lambdas.client.put_function_concurrency(
                FunctionName="f", ReservedConcurrentExecutions=6
            )
        results = small.traffic("f", [(n, 5000) for n in range(107)])
        small.advance(seconds=10)
    assert statuses(results).count(429) == 2


@behaviour("lambda.request_rate")
def test_short_requests_are_limited_to_ten_times_the_concurrency(
    lambdas: Lambdas, account: Account
) -> None:
    lambdas.client.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=2)
    lambdas.call(0)
    results = account.traffic("f", [(n * 20, 0) for n in range(50)])
    account.advance(seconds=5)
    refused = [result for result in results if result["status"] == 429]
    assert len(refused) == 50 - 20
    assert refused[0]["reason"] == "ReservedFunctionInvocationRateLimitExceeded"


@behaviour("lambda.traffic")
def test_traffic_overlaps_and_calls_do_not(lambdas: Lambdas, account: Account) -> None:
    for _ in range(3):
        lambdas.call(100)
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 1
    account.traffic("f", [(n, 100) for n in range(3)])
    account.advance(seconds=3)
    assert lambdas.total("ConcurrentExecutions", statistic="Maximum") == 3


def test_traffic_comes_in_the_future_only(account: Account, lambdas: Lambdas) -> None:
    with pytest.raises(ValueError, match="cannot arrive 5 ms ago"):
        account.traffic("f", [(-5, 1)])
    with pytest.raises(Exception, match="Function not found"):
        account.traffic("nope", [(0, 1)])


@behaviour("lambda.littles_law")
def test_littles_law_holds_under_a_steady_load(
    lambdas: Lambdas, account: Account, clients: dict[str, Any]
) -> None:
    """L = lambda * W: 100 requests a second that take a second each keep 100 environments busy."""
    rate, warming_up = 100, 57_000
    arrivals = [(warming_up + n * 1000 / rate, 1000) for n in range(2300)]
    results = account.traffic("f", arrivals)
    account.advance(minutes=3)
    assert set(statuses(results)) == {200}
    steady = [result for result in results if result["time"] >= "2026-03-17T12:01"]
    waiting = fmean(result["total_ms"] for result in steady) / 1000
    point = clients["cloudwatch"].get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="ConcurrentExecutions",
        Dimensions=[{"Name": "FunctionName", "Value": "f"}],
        StartTime="2026-03-17T12:01:00Z",
        EndTime="2026-03-17T12:02:00Z",
        Period=60,
        Statistics=["Average", "SampleCount"],
    )["Datapoints"][0]
    assert point["SampleCount"] == len(steady) == 2000
    assert point["Average"] == pytest.approx(rate * waiting, rel=0.02)
