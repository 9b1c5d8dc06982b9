"""The night of the missing bucket agrees with its truth, and no cause gives itself away."""

from __future__ import annotations

import json
from typing import Any

import pytest

from course.incidents.two_am import CAUSES, Cause, two_am, two_am_truth
from course.telemetry.world import World

SEEDS = ["public", 1, 2, 3]
every_cause = pytest.mark.parametrize("cause", CAUSES)
every_seed = pytest.mark.parametrize("seed", SEEDS)


def done(records: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The calls of that name that succeeded."""
    return [each for each in records if each["eventName"] == name and "errorCode" not in each]


def night(seed: int | str, cause: Cause) -> tuple[World, dict[str, Any], str]:
    truth = two_am_truth(seed, cause)
    return two_am(seed, cause), truth, truth["time"][:10]


@every_cause
@every_seed
def test_the_bucket_was_deleted_once_in_the_night(seed: int | str, cause: Cause) -> None:
    world, truth, midnight = night(seed, cause)
    (record,) = [
        each
        for each in done(world.trail, "DeleteBucket")
        if each["requestParameters"]["bucketName"] == truth["bucket"]
        and each["eventTime"] >= midnight
    ]
    who = record["userIdentity"]
    assert record["eventTime"] == truth["time"]
    assert record["sourceIPAddress"] == truth["address"]
    assert who["sessionContext"]["sessionIssuer"]["userName"] == truth["role"]
    assert who["arn"].endswith(f"/{truth['session']}")


@every_cause
@every_seed
def test_who_called_assume_role_tells_the_cause(seed: int | str, cause: Cause) -> None:
    world, truth, midnight = night(seed, cause)
    (key,) = {
        each["userIdentity"]["accessKeyId"]
        for each in done(world.trail, "DeleteBucket")
        if each["eventTime"] == truth["time"]
    }
    (assumed,) = [
        each
        for each in done(world.trail, "AssumeRole")
        if each["responseElements"]["credentials"]["accessKeyId"] == key
    ]
    by = assumed["userIdentity"]
    known = {
        each["sourceIPAddress"]
        for each in world.trail
        if each["userIdentity"].get("userName") == by.get("userName", "nobody")
        and each["eventTime"] < midnight
    }
    told = {"AWSService": "changed job"}.get(by["type"])
    told = told or ("wrong workspace" if assumed["sourceIPAddress"] in known else "stolen key")
    assert told == truth["cause"] == cause
    behind = {"stolen key": by.get("accessKeyId"), "wrong workspace": by.get("userName")}
    assert truth["behind"] == behind.get(cause, truth["behind"])


@every_cause
@every_seed
def test_the_false_tracks_are_there(seed: int | str, cause: Cause) -> None:
    world, truth, midnight = night(seed, cause)
    bob = [each for each in world.trail if each["userIdentity"].get("userName") == "bob"]
    assert sum(each.get("errorCode") == "AccessDenied" for each in bob) == 4
    changes = [
        each
        for each in done(world.trail, "UpdateFunctionConfiguration20150331v2")
        if each["requestParameters"]["functionName"] != "receipt"
    ]
    assert len(changes) == 2
    if cause == "changed job":
        assert changes[-1]["userIdentity"]["userName"] == truth["behind"]
    assert [each["eventTime"] for each in world.trail] == sorted(
        each["eventTime"] for each in world.trail
    )
    moved = done(world.trail, "CreateBucket")
    assert truth["bucket"] in {each["requestParameters"]["bucketName"] for each in moved}
    assert len({each["eventID"] for each in world.trail}) == len(world.trail)


@every_seed
def test_the_export_fails_from_the_deletion_on(seed: int | str) -> None:
    world, truth = two_am(seed), two_am_truth(seed)
    lines = [json.loads(event["message"]) for event in world.logs]
    failed = [line["timestamp"] for line in lines if line["level"] == "ERROR"]
    assert failed and min(failed) > truth["time"]
    assert all(line["timestamp"] <= truth["time"] for line in lines if line["level"] == "INFO")


def test_a_seed_repeats_and_seeds_draw_every_cause() -> None:
    assert two_am(5) == two_am(5)
    assert {two_am_truth(seed)["cause"] for seed in range(20)} == set(CAUSES)
    assert two_am_truth("public")["cause"] == "stolen key"
