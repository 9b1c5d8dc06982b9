"""Each fault of the order path leaves its own gap in a trace, and a shop in order leaves none."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from course import account
from course.incidents import order_path
from course.incidents.order_path import WHOLE

AT = 1_774_036_800_000
OTHER = {"api": "depot", "path": "/buy", "function": "pay", "task": "duty"}


def traces(broken: str, names: dict[str, str], *, neighbours: bool = False) -> list[Any]:
    world = order_path.world(broken, AT, names, neighbours=neighbours)
    with account.fresh(world) as trial:
        order_path.start(broken, names, neighbours=neighbours)
        return order_path.buy(trial, 2, names)


def origins(documents: list[Any]) -> set[str]:
    return {each["origin"] for each in documents}


@pytest.mark.parametrize("names", [order_path.NAMES, OTHER], ids=["shop", "depot"])
@pytest.mark.parametrize("neighbours", [False, True], ids=["alone", "neighbours"])
def test_a_shop_in_order_is_traced_all_the_way(names: dict[str, str], neighbours: bool) -> None:
    for documents in traces("", names, neighbours=neighbours):
        assert origins(documents) == WHOLE


@pytest.mark.parametrize(
    ("broken", "missing"),
    [
        ("stage", {"AWS::ApiGateway::Stage"}),
        ("function", {"AWS::Lambda", "AWS::Lambda::Function"}),
        ("daemon", {"AWS::ECS::Container"}),
        ("rule", set(WHOLE)),
    ],
)
def test_each_fault_leaves_its_own_gap(broken: str, missing: set[str]) -> None:
    for documents in traces(broken, OTHER, neighbours=True):
        assert WHOLE - origins(documents) == missing


def test_what_a_passive_function_calls_hangs_from_its_caller() -> None:
    for documents in traces("function", OTHER):
        [stage] = [each for each in documents if each["origin"] == "AWS::ApiGateway::Stage"]
        [task] = [each for each in documents if each["origin"] == "AWS::ECS::Container"]
        assert task["parent_id"] in {each["id"] for each in stage["subsegments"]}


def test_a_task_that_does_not_find_its_daemon_logs_it() -> None:
    with account.fresh(order_path.world("daemon", AT)) as trial:
        order_path.start("daemon")
        order_path.buy(trial, 3)
        found = boto3.client("logs").filter_log_events(logGroupName="/ecs/tax")["events"]
    assert len(found) == 3
    assert "lookup xray-daemon" in found[0]["message"]


def test_an_unknown_fault_is_named() -> None:
    with pytest.raises(ValueError, match="no fault 'weather'; there are: stage"):
        order_path.world("weather", AT)


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("localhost:2000", ("localhost", "2000")),
        ("tcp:10.0.0.1:2000 udp:127.0.0.1:2000", ("127.0.0.1", "2000")),
        ("udp:xray-daemon:2000 tcp:127.0.0.1:2000", ("xray-daemon", "2000")),
    ],
)
def test_segments_go_to_the_udp_address(address: str, found: tuple[str, str]) -> None:
    with account.fresh(order_path.world("", AT)):
        order_path._register("tax", address)
        assert order_path._address("tax") == found
