"""Each cause of red orders shows itself as it does on AWS, and a shop in order loses none."""

from __future__ import annotations

from collections import Counter
from typing import Any

import boto3
import pytest

from course import account
from course.incidents import front_door
from course.telemetry.world import World

AT = 1_774_036_800_000
OTHER = {"api": "depot", "path": "/v2/buy", "function": "place", "alias": "blue"}
MALFORMED = "Execution failed due to configuration error: Malformed Lambda proxy response"


def opened() -> Any:
    return account.fresh(World("sister", AT, AT, [], []))


def metric(trial: Any, name: str, function: str) -> float:
    trial.advance(minutes=1)
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=name,
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=AT / 1000 - 60,
        EndTime=AT / 1000 + 600,
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def said(name: str) -> list[str]:
    api = front_door.address(name)[len("https://") :].partition(".")[0]
    log = f"API-Gateway-Execution-Logs_{api}/prod"
    events = boto3.client("logs").filter_log_events(logGroupName=log)["events"]
    return [event["message"].partition(") ")[2] for event in events]


@pytest.mark.parametrize("names", [front_door.NAMES, OTHER], ids=["shop", "depot"])
@pytest.mark.parametrize("neighbours", [False, True], ids=["alone", "neighbours"])
def test_a_shop_in_order_loses_no_order(names: dict[str, str], neighbours: bool) -> None:
    with opened() as trial:
        front_door.start("", names, neighbours=neighbours)
        bought = front_door.buy(trial, front_door.orders(10), names)
    assert {order["status"] for order in bought} == {201}


@pytest.mark.parametrize(
    ("cause", "statuses", "reason"),
    [
        ("answer", {201: 10, 502: 6}, MALFORMED),
        (
            "permission",
            {500: 16},
            "Execution failed due to configuration error: Invalid permissions on Lambda function",
        ),
        ("concurrency", {201: 5, 500: 11}, "Lambda invocation failed with status: 429"),
        ("timeout", {201: 13, 504: 3}, "Execution failed due to a timeout error"),
    ],
)
def test_each_cause_is_red_at_the_api_and_green_at_the_function(
    cause: str, statuses: dict[int, int], reason: str
) -> None:
    with opened() as trial:
        front_door.start(cause, OTHER)
        bought = front_door.buy(trial, front_door.orders(16), OTHER)
        assert Counter(order["status"] for order in bought) == statuses
        assert reason in said("depot")
        assert metric(trial, "Errors", "place") == 0
        assert metric(trial, "Throttles", "place") == (11 if cause == "concurrency" else 0)


@pytest.mark.parametrize("flaw", front_door.FLAWS)
def test_the_version_before_was_good(flaw: str) -> None:
    with opened() as trial:
        front_door.start("answer", flaw=flaw, retired=True)
        functions = boto3.client("lambda")
        versions = functions.list_versions_by_function(FunctionName="orders")["Versions"]
        assert [each["Version"] for each in versions] == ["$LATEST", "1", "2", "4"]
        assert 502 in {each["status"] for each in front_door.buy(trial, front_door.orders(8))}
        functions.update_alias(FunctionName="orders", Name="live", FunctionVersion="2")
        after = front_door.buy(trial, front_door.orders(8))
    assert {order["status"] for order in after} == {201}


def test_the_neighbouring_api_is_not_let_in() -> None:
    with opened() as trial:
        front_door.start("", neighbours=True)
        [stray] = front_door.buy(trial, front_door.orders(1), {**front_door.NAMES, "api": "a-shop"})
    assert stray["status"] == 500


def test_an_unknown_cause_is_named() -> None:
    with pytest.raises(ValueError, match="no cause 'weather'; there are: answer"):
        front_door.start("weather")
