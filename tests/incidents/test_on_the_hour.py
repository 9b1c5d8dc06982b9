"""Pages at full hours: every cause has the symptom, and undoing that one thing cures it."""

from __future__ import annotations

from statistics import mean
from typing import Any

import boto3
import pytest

from course import account
from course.incidents import on_the_hour
from course.incidents.on_the_hour import CAUSES, NODES, Cause, Row, Shop
from course.incidents.page_cache import HOUR

SEEDS = ("public", "another", 7)
causes = pytest.mark.parametrize("cause", CAUSES)
seeds = pytest.mark.parametrize("seed", SEEDS)


def surge(rows: list[Row]) -> float:
    """How many times the mean the worst minute is."""
    missed = [row["CacheMisses"] for row in rows]
    return max(missed) / mean(missed)


def measured(told: Shop, name: str, minutes: int = 5) -> float:
    """The sum of a metric over the first minutes after ten o'clock."""
    ten = told.begin + 2 * HOUR
    found = boto3.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ElastiCache",
        MetricName=name,
        Dimensions=[{"Name": "CacheClusterId", "Value": told.cluster}],
        StartTime=ten / 1000,
        EndTime=ten / 1000 + 60 * minutes,
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in found))


def vary(function: str, **variables: str) -> None:
    client = boto3.client("lambda")
    now = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**now, **variables}}
    )


def cure(told: Shop) -> None:
    if told.cause == "expiry":
        vary(told.function, CACHE_JITTER="20")
    elif told.cause == "flush":
        vary(told.importer, INVALIDATE="changed")
    elif told.cause == "key":
        form = told.settings["CACHE_KEY"].replace(":{hour}", "")
        vary(told.function, CACHE_KEY=form)
    else:
        boto3.client("elasticache").modify_replication_group(
            ReplicationGroupId=told.group,
            CacheNodeType=NODES[NODES.index(told.node) + 1],
            ApplyImmediately=True,
        )


@causes
@seeds
def test_a_cause_has_the_symptom_and_its_cure_ends_it(cause: Cause, seed: str | int) -> None:
    told = on_the_hour.shop(cause, seed)
    with account.fresh(on_the_hour.world(told)):
        told.start()
        assert measured(told, "CacheMisses", 1) > 150
        assert surge(told.later()[60:]) > 9
        cure(told)
        rows = told.later()
    assert surge(rows[60:]) < 4
    assert sum(row["Wrong"] for row in rows) == 0


@causes
@seeds
def test_the_metrics_tell_the_causes_apart(cause: Cause, seed: str | int) -> None:
    told = on_the_hour.shop(cause, seed)
    with account.fresh(on_the_hour.world(told)):
        missed = measured(told, "CacheMisses")
        assert (measured(told, "Evictions") > missed / 2) == (cause == "memory")
        assert (measured(told, "Reclaimed") > missed / 2) == (cause == "expiry")


@seeds
def test_other_levers_do_not_help(seed: str | int) -> None:
    for cause in CAUSES:
        told = on_the_hour.shop(cause, seed)
        with account.fresh(on_the_hour.world(told)):
            told.start()
            for other in CAUSES:
                if other not in (cause, "memory"):
                    cure(Shop(**{**vars(told), "cause": other}))
            assert surge(told.later()[60:]) > 9, cause


def test_settings_that_no_function_can_run_with_are_named() -> None:
    told = on_the_hour.shop("expiry")
    with account.fresh(on_the_hour.world(told)):
        told.start()
        vary(told.function, CACHE_JITTER="20%")
        with pytest.raises(ValueError, match="CACHE_JITTER is '20%'"):
            told.later()


def test_an_unknown_cause_is_refused() -> None:
    cause: Any = "weather"
    with pytest.raises(ValueError, match="there are: expiry, flush, memory, key"):
        on_the_hour.shop(cause)


def test_the_same_seed_gives_the_same_world() -> None:
    told = on_the_hour.shop("key", "k")
    again = on_the_hour.shop("key", "k")
    assert told == again
    before = on_the_hour.world(told)
    on_the_hour._world.cache_clear()
    on_the_hour._morning.cache_clear()
    after = on_the_hour.world(told)
    assert (before.logs, before.metrics) == (after.logs, after.metrics)
