"""The shop's audit trail: its shape, and that it tells the same story as everything else."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from course.incidents import checkout
from course.telemetry.trail.records import is_management, time_of
from course.telemetry.world import World

SMALL = {"hours": 1.0, "rate": 0.02}


@pytest.fixture(scope="module", params=["public", 5, "seven"])
def world(request: pytest.FixtureRequest) -> World:
    return checkout.world(request.param, **SMALL)


def named(world: World, name: str) -> list[dict[str, Any]]:
    return [record for record in world.trail if record["eventName"] == name]


def test_records_are_in_order_and_have_ids_of_their_own(world: World) -> None:
    times = [record["eventTime"] for record in world.trail]
    assert times == sorted(times)
    ids = [record["eventID"] for record in world.trail]
    assert len(set(ids)) == len(ids)
    assert all(time_of(record) < world.end for record in world.trail)
    assert all(is_management(record) for record in world.trail)


def test_every_deployment_is_three_calls_of_one_session(world: World) -> None:
    changes = world.resources["deployments"]
    moved = named(world, "UpdateAlias20150331")
    assert len(moved) == len(changes)
    for change, alias in zip(changes, moved, strict=True):
        assert alias["eventTime"] == change["time"]
        asked = alias["requestParameters"]
        assert (asked["functionName"], asked["functionVersion"]) == (
            change["function"],
            str(change["to"]),
        )
        session = alias["userIdentity"]["arn"]
        calls = [each for each in world.trail if each["userIdentity"].get("arn") == session]
        assert [each["eventName"] for each in calls] == [
            "UpdateFunctionCode20150331v2",
            "PublishVersion20150331",
            "UpdateAlias20150331",
        ]
        assert {each["requestParameters"]["functionName"] for each in calls} == {change["function"]}


def test_the_bad_deployment_stands_at_its_time(world: World) -> None:
    (bad,) = [each for each in world.story["incidents"] if each["kind"] == "deployment"]
    last = named(world, "UpdateAlias20150331")[-1]
    assert abs(time_of(last) - bad["start"]) < 1000
    assert last["requestParameters"]["functionName"] == bad["component"]


def test_a_control_day_has_no_deployment_in_it() -> None:
    world = checkout.world("public", story=(), **SMALL)
    assert all(time_of(each) < world.start for each in named(world, "UpdateAlias20150331"))


def test_there_is_noise_of_every_kind(world: World) -> None:
    kinds = Counter(record["userIdentity"]["type"] for record in world.trail)
    assert set(kinds) == {"IAMUser", "AssumedRole", "AWSService"}
    assert any(record.get("errorCode") == "AccessDenied" for record in world.trail)
    sign_ins = named(world, "ConsoleLogin")
    assert {record["eventType"] for record in sign_ins} == {"AwsConsoleSignIn"}
    assert all(record["responseElements"]["ConsoleLogin"] for record in sign_ins)
    assert any(record.get("sessionCredentialFromConsole") == "true" for record in world.trail)


def test_nothing_tells_the_answer(world: World) -> None:
    text = json.dumps(world.trail)
    for incident in world.story["incidents"]:
        assert incident["cause"] not in text and incident["kind"] not in text


def test_times_are_whole_seconds(world: World) -> None:
    for record in world.trail:
        assert datetime.fromisoformat(record["eventTime"]).microsecond == 0


def test_the_same_seed_gives_the_same_trail() -> None:
    assert checkout.world(5, **SMALL).trail == checkout.world(5, **SMALL).trail
