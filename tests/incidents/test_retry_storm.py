"""Charges under a storm of retries: every cause has the symptom, and its cure alone ends it."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import boto3
import pytest

from course import account
from course.incidents import charges, retry_storm
from course.incidents.retry_storm import CAUSES, Cause, Shop
from course.incidents.seeds import stream

SEEDS = ("public", "another", 7, "k7")
causes = pytest.mark.parametrize("cause", CAUSES)
seeds = pytest.mark.parametrize("seed", SEEDS)


def vary(function: str, **variables: str) -> None:
    client = boto3.client("lambda")
    now = client.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    client.update_function_configuration(
        FunctionName=function, Environment={"Variables": {**now, **variables}}
    )


def cure(told: Shop, cause: Cause) -> None:
    if cause == "layers":
        for function in told.functions[:2]:
            vary(function, ATTEMPTS="1")
    elif cause == "lockstep":
        vary(told.functions[-1], JITTER="full")
    elif cause == "every_error":
        vary(told.functions[-1], RETRY_ON="transient")
    else:
        boto3.client("events").disable_rule(Name=told.rule)


@causes
@seeds
def test_its_cure_ends_the_storm_and_nothing_else_does(cause: Cause, seed: str | int) -> None:
    told = retry_storm.shop(cause, seed)
    with account.fresh(retry_storm.world(told)):
        told.start()
        before = told.later()
        assert before.success < 0.8
        for other in CAUSES:
            if other != cause:
                cure(told, other)
        assert told.later().success < 0.85, "all the other cures together are none"
        cure(told, cause)
        assert told.later().success > 0.955
        assert told.later().load < 3.5


@seeds
def test_giving_up_repetitions_is_no_cure(seed: str | int) -> None:
    told = retry_storm.shop("layers", seed)
    with account.fresh(retry_storm.world(told)):
        told.start()
        for function in told.functions:
            vary(function, ATTEMPTS="1")
        assert told.later().success < 0.95
        vary(told.functions[0], ATTEMPTS="3")
        assert told.later().success > 0.955


@causes
@seeds
def test_the_logs_tell_the_causes_apart(cause: Cause, seed: str | int) -> None:
    told = retry_storm.shop(cause, seed)
    lines = [json.loads(event["message"]) for event in retry_storm.world(told).logs]
    answers = [line for line in lines if line["message"] == "answer"]
    invocations = {(each["charge"], each["requestId"]) for each in answers}
    most = max(Counter(charge for charge, _ in invocations if charge[:2] == "ch").values())
    assert (most > 2) == (cause == "layers")
    refused = Counter(each["charge"] for each in answers if each["code"] == "CardDeclined")
    again = refused.total() > 1.2 * len(refused) and len(refused) > 12
    assert again == (cause == "every_error")
    refunds = sum(each["source"] == "refunds" for each in answers)
    assert (refunds > len(answers) / 3) == (cause == "redrive")
    renewed = Counter(each["timestamp"][:19] for each in answers if each["source"] == "renewals")
    top = sum(count for _, count in renewed.most_common(18)) / renewed.total()
    assert (top > 0.7) == (cause == "lockstep")


def test_the_metrics_count_what_the_model_did() -> None:
    found = retry_storm.world(retry_storm.shop("layers")).metrics
    total: Counter[str] = Counter()
    for each in found:
        total[each["name"] + "".join(each["dimensions"].values())] += each["values"][0]
    assert total["Requests"] > 10 * total["Charges"]
    assert total["Charged"] + total["Refused"] < total["Requests"]
    assert total["Invocationscheckout"] < total["Invocationspayment"]
    assert 2 * total["Invocationspayment"] < total["Invocationscard-gateway"]


def test_without_trouble_every_charge_goes_through() -> None:
    street = charges.Street(stream(1, "calm"), charges.Provider([]))
    street.go_on(charges.Settings(at_once=False), 120)
    assert charges.outcome(street, 0, 110).success == 1
    assert charges.outcome(street, 0, 110).load == 1


@pytest.mark.parametrize("name, value", [("ATTEMPTS", "none"), ("ATTEMPTS", "0"), ("JITTER", "1")])
def test_settings_that_no_function_can_run_with_are_named(name: str, value: str) -> None:
    told = retry_storm.shop("layers")
    with account.fresh(retry_storm.world(told)):
        told.start()
        vary(told.functions[-1], **{name: value})
        with pytest.raises(ValueError, match=f"{name} is '{value}'"):
            told.later()


def test_an_unknown_cause_is_refused() -> None:
    cause: Any = "weather"
    with pytest.raises(ValueError, match="there are: layers, lockstep, every_error, redrive"):
        retry_storm.shop(cause)


def test_the_same_seed_gives_the_same_world() -> None:
    told = retry_storm.shop("redrive", "k")
    before = retry_storm.world(told)
    retry_storm._world.cache_clear()
    retry_storm._street.cache_clear()
    after = retry_storm.world(retry_storm.shop("redrive", "k"))
    assert (before.logs, before.metrics) == (after.logs, after.metrics)
