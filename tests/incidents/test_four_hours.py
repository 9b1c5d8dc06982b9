"""A function four hours behind its stream: every cause has the symptom, and its cure ends it."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from course import account
from course.account import Account
from course.incidents import four_hours
from course.incidents.four_hours import CAUSES, After, Cause, Shop

causes = pytest.mark.parametrize("cause", CAUSES)
HOUR = 3600


def cure(told: Shop, cause: Cause) -> None:
    client = boto3.client("lambda")
    name = {"FunctionName": told.function}
    mapping = client.list_event_source_mappings(**name)["EventSourceMappings"][0]["UUID"]
    if cause == "poison":
        client.update_event_source_mapping(
            UUID=mapping,
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=2,
            DestinationConfig={"OnFailure": {"Destination": told.failures}},
        )
    elif cause == "hot_shard":
        client.update_event_source_mapping(UUID=mapping, ParallelizationFactor=10)
    elif cause == "slow_handler":
        client.update_function_configuration(**name, MemorySize=1769)
    else:
        client.delete_function_concurrency(**name)


def total(told: Shop, opened: Account, metric: str, statistic: str) -> float:
    end = opened.now.timestamp()
    found = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[{"Name": "FunctionName", "Value": told.function}],
        StartTime=end - 1200,
        EndTime=end,
        Period=1200,
        Statistics=[statistic],
    )["Datapoints"]
    return float(found[0][statistic])


def after(told: Shop, *cures: Cause) -> After:
    with account.fresh(four_hours.world(told)) as opened:
        told.start(opened)
        assert total(told, opened, "IteratorAge", "Maximum") > 4 * HOUR * 1000
        assert (total(told, opened, "Throttles", "Sum") > 100) == (told.cause == "throttled")
        assert (total(told, opened, "Duration", "Average") > 100_000) == (
            told.cause == "slow_handler"
        )
        for each in cures:
            cure(told, each)
        return told.later(opened)


@causes
@pytest.mark.parametrize("seed", ["public", "another", 7])
def test_its_cure_lets_the_function_catch_up(cause: Cause, seed: int | str) -> None:
    found = after(four_hours.shop(cause, seed), cause)
    assert found.behind < 60
    assert (found.lost, found.told) == (0, int(cause == "poison"))


@causes
def test_without_it_the_function_stays_behind(cause: Cause) -> None:
    found = after(four_hours.shop(cause, "k7"))
    assert found.behind > 600 and found.told == 0


def test_an_unknown_cause_is_refused() -> None:
    cause: Any = "weather"
    with pytest.raises(ValueError, match="there are: poison, hot_shard, slow_handler, throttled"):
        four_hours.shop(cause)


def test_the_same_seed_gives_the_same_shop() -> None:
    assert four_hours.shop("poison", "k") == four_hours.shop("poison", "k")
    assert four_hours.shop("poison", "k") != four_hours.shop("poison", "other")
