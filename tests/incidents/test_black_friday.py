"""Black Friday: every cause has the symptoms and shows in the signals; its cure alone helps."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import boto3
import pytest

from course import account
from course.incidents import black_friday, red_evening, rush
from course.incidents.black_friday import CAUSES, Cause, Shop
from course.incidents.rush import LIMIT, Load, Settings
from course.incidents.times import MINUTE, iso

SEEDS = ("public", "another", 7, "k7")
causes = pytest.mark.parametrize("cause", CAUSES)
seeds = pytest.mark.parametrize("seed", SEEDS)


def cure(told: Shop, cause: Cause) -> None:
    engine, queues = boto3.client("lambda"), boto3.client("sqs")
    if cause == "greedy_job":
        engine.put_function_concurrency(FunctionName=told.job, ReservedConcurrentExecutions=80)
    elif cause == "short_visibility":
        url = queues.get_queue_url(QueueName=told.queue)["QueueUrl"]
        queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "360"})
    else:
        one = {"SHARDS": "16"} if cause == "hot_key" else {"PROVIDER": told.providers[0]}
        now = engine.get_function_configuration(FunctionName=told.worker)["Environment"]
        variables = {"Variables": {**now["Variables"], **one}}
        engine.update_function_configuration(FunctionName=told.worker, Environment=variables)


def worst(flow: rush.Flow) -> float:
    return min(flow.share("checkout"), flow.share("worker"))


@causes
@seeds
def test_its_cure_ends_it_and_all_others_together_do_not(cause: Cause, seed: str | int) -> None:
    told = black_friday.shop(cause, seed)
    with account.fresh(red_evening.world(told)):
        told.start()
        assert worst(told.later()[0]) < 0.8
        for other in CAUSES:
            if other != cause:
                cure(told, other)
        assert worst(told.later()[0]) < 0.9
        cure(told, cause)
        full, quiet = told.later()
    assert worst(full) == worst(quiet) == 1
    assert full.handled == 1
    calm = rush.flow(*told.at(told.onset - 1))
    assert full.run_ms < 1.05 * calm.run_ms


@causes
@seeds
def test_the_symptoms_are_the_same(cause: Cause, seed: str | int) -> None:
    told = black_friday.shop(cause, seed)
    for minute in range(black_friday.MINUTES):
        used = sum(rush.flow(*told.at(minute)).given.values())
        assert (round(used) == LIMIT) == (minute >= told.onset)
    throttled = [
        each["timestamp"]
        for each in red_evening.world(told).metrics
        if each["name"] == "WriteThrottleEvents" and each["values"][0] > 0
    ]
    assert throttled[0] == told.begin + (told.onset + 1) * MINUTE


@causes
@seeds
def test_the_signals_tell_the_causes_apart(cause: Cause, seed: str | int) -> None:
    told = black_friday.shop(cause, seed)
    world, onset = red_evening.world(told), told.begin + told.onset * MINUTE
    lines = [json.loads(each["message"]) for each in world.logs if each["timestamp"] > onset]
    keys = Counter(each["key"] for each in lines if each["message"] == "write throttled")
    assert (keys.most_common(1)[0][1] > 20) == (cause == "hot_key")
    stored = Counter(each["orderId"] for each in lines if each["message"] == "order stored")
    assert (sum(stored.values()) > 2 * len(stored)) == (cause == "short_visibility")
    parts: dict[str, float] = {}
    for segment in world.traces:
        if segment["start_time"] * 1000 >= onset:
            for part in segment.get("subsegments", ()):
                lasted = part["end_time"] - part["start_time"]
                parts[part["name"]] = max(parts.get(part["name"], 0), lasted)
    assert (parts.pop("DynamoDB") > 3) == (cause == "hot_key")
    assert (max(parts.values()) > 3) == (cause == "slow_provider")
    most = max(_metric(world.metrics, "ConcurrentExecutions", FunctionName=told.job))
    assert (most > LIMIT / 2) == (cause == "greedy_job")


def _metric(records: list[dict[str, Any]], name: str, **dimensions: str) -> list[float]:
    return [
        each["values"][0]
        for each in records
        if each["name"] == name and each["dimensions"] == dimensions
    ]


@causes
@seeds
def test_the_change_behind_it_is_in_the_trail(cause: Cause, seed: str | int) -> None:
    told = black_friday.shop(cause, seed)
    records = {each["eventID"]: each for each in red_evening.world(told).trail}
    behind = red_evening.change(told)
    if cause == "hot_key":
        assert behind is None
        return
    record = records[str(behind)]
    assert record["eventTime"] == iso(told.begin + told.onset * MINUTE)
    assert "errorCode" not in record
    named = [str(each).rsplit("/", 1)[-1] for each in record["requestParameters"].values()]
    assert {"slow_provider": told.worker, "greedy_job": told.job}.get(cause, told.queue) in named


def test_no_setting_gives_the_cause_away() -> None:
    for seed in SEEDS:
        shops = {cause: black_friday.shop(cause, seed).now for cause in CAUSES}
        assert sum(each.shards == 1 for each in shops.values()) >= 3
        assert shops["greedy_job"].visibility < 6 * black_friday.TIMEOUT
        assert not shops["greedy_job"].reserved and not shops["short_visibility"].reserved
    turned = {cause: black_friday.shop(cause).turned for cause in CAUSES}
    assert all(0 < each < black_friday.MINUTES for each in turned.values())


def test_dead_letters_can_go_back_to_their_queue() -> None:
    told = black_friday.shop("hot_key")
    with account.fresh(red_evening.world(told)) as lab:
        told.start()
        queues = boto3.client("sqs")
        source = black_friday.attributes(told.dlq)["QueueArn"]
        queues.start_message_move_task(SourceArn=source)
        lab.advance(minutes=1)
        assert black_friday.attributes(told.dlq)["ApproximateNumberOfMessages"] == "0"
        back = black_friday.attributes(told.queue)["ApproximateNumberOfMessages"]
    assert int(back) == black_friday.DEAD == len(told.dead)


@pytest.mark.parametrize(
    ("variable", "value"), [("SHARDS", "none"), ("SHARDS", "0"), ("PROVIDER", "nobody")]
)
def test_a_worker_that_could_not_run_is_refused_by_its_variable(variable: str, value: str) -> None:
    told = black_friday.shop("hot_key")
    with account.fresh(red_evening.world(told)):
        told.start()
        engine = boto3.client("lambda")
        now = engine.get_function_configuration(FunctionName=told.worker)["Environment"]
        variables = {"Variables": {**now["Variables"], variable: value}}
        engine.update_function_configuration(FunctionName=told.worker, Environment=variables)
        with pytest.raises(ValueError, match=variable):
            told.later()


def test_an_unknown_cause_is_refused() -> None:
    with pytest.raises(ValueError, match="hot_key"):
        black_friday.shop("weather")  # type: ignore[arg-type]


CALM = Load(orders=100, hot=0.03, units=40, work_ms=4000, providers={"a": 985.0}, job=60)
USUAL = Settings(shards=1, provider="a", visibility=300)


def test_a_function_needs_arrivals_times_seconds() -> None:
    flow = rush.flow(CALM, USUAL)
    assert flow.run_ms == pytest.approx(5000)
    assert dict(flow.wanted) == pytest.approx({"checkout": 30, "worker": 500, "job": 60})
    assert flow.given == pytest.approx(flow.wanted)


def test_what_is_reserved_is_kept_and_is_the_most() -> None:
    greedy = replace(CALM, job=2000)
    flow = rush.flow(greedy, replace(USUAL, reserved={"job": 80}))
    assert flow.given == pytest.approx({"checkout": 30, "worker": 500, "job": 80})
    flow = rush.flow(greedy, replace(USUAL, reserved={"worker": 600, "checkout": 100}))
    assert flow.given == pytest.approx({"checkout": 30, "worker": 500, "job": 300})
    flow = rush.flow(greedy, USUAL)
    assert sum(flow.given.values()) == pytest.approx(LIMIT)
    assert flow.share("worker") == pytest.approx(flow.share("job"))


@pytest.mark.parametrize(
    ("visibility", "handled"), [(0, 3), (1, 3), (2, 3), (3, 2), (5, 1), (6, 1)]
)
def test_a_message_comes_back_while_it_is_handled(visibility: int, handled: int) -> None:
    assert rush.flow(CALM, replace(USUAL, visibility=visibility)).handled == handled


def test_a_key_is_overloaded_beyond_its_units() -> None:
    hot = replace(CALM, hot=0.5)
    assert rush.flow(hot, replace(USUAL, shards=2)).write_ms == rush.WRITE_MS
    assert rush.flow(hot, USUAL).write_ms == pytest.approx(rush.WRITE_MS + rush.LONGEST_WAIT / 2)


def test_a_job_that_is_off_takes_nothing() -> None:
    flow = rush.flow(replace(CALM, job=2000), replace(USUAL, is_job_on=False))
    assert flow.given["job"] == 0
    assert flow.share("job") == 1
