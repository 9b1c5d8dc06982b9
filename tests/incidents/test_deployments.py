"""Logs of failed deployments: one first cause in each, and its evidence where they say."""

from __future__ import annotations

import re

import pytest

from course.incidents import deployments
from course.incidents.deployment_logs import FAILURES


@pytest.mark.parametrize("cause", deployments.CAUSES)
def test_the_evidence_stands_where_it_is_said_to(cause: str) -> None:
    template = next(line for line in FAILURES[cause].text.splitlines() if line.startswith("§"))
    words = max(re.split(r"§|\$\{?\w+\}?", template), key=len)
    for seed in ("public", 1, 2):
        found = deployments.sample(cause, seed)
        lines = found["log"].splitlines()
        assert words in lines[found["line"] - 1]
        assert found["subject"] in found["log"]
        assert "§" not in found["log"]
        assert "$" not in found["log"]


@pytest.mark.parametrize("cause", deployments.CAUSES)
def test_neither_the_first_nor_the_last_line_is_the_answer(cause: str) -> None:
    found = deployments.sample(cause, 3)
    lines = found["log"].splitlines()
    assert found["line"] > 1
    assert found["line"] < len(lines) or cause in ("stack_state", "task_exit")


def test_equal_seeds_give_equal_logs() -> None:
    assert deployments.samples(7) == deployments.samples(7)
    assert deployments.samples(7) != deployments.samples(8)


def test_the_first_five_come_from_every_source() -> None:
    found = deployments.samples(11, 5)
    assert {each["source"] for each in found} == set(deployments.SOURCES)
    assert len(deployments.samples(11)) == len(deployments.CAUSES)


def test_stack_events_come_newest_first() -> None:
    lines = deployments.sample("stack_exists", 4)["log"].splitlines()
    times = [line.split()[0] for line in lines]
    assert times == sorted(times, reverse=True)
    assert "ROLLBACK_COMPLETE" in lines[0]


def test_a_script_that_runs_out_of_time_took_that_long() -> None:
    lines = deployments.sample("script_timeout", 4)["log"].splitlines()
    before, after = (line.split()[0][11:] for line in lines[12:14])
    minutes = [int(each[:2]) * 60 + int(each[3:5]) for each in (before, after)]
    assert minutes[1] - minutes[0] >= 5


def test_an_unknown_cause_is_refused() -> None:
    with pytest.raises(ValueError, match="there are: build_tests"):
        deployments.sample("gremlins", 1)


@pytest.mark.parametrize("cause", deployments.LIFECYCLE_ERRORS)
def test_lifecycle_events_end_where_the_log_does(cause: str) -> None:
    found = deployments.lifecycle(cause, 5)
    names = [each["lifecycleEventName"] for each in found]
    states = [each["status"] for each in found]
    place = names.index(deployments.sample(cause, 5)["step"])
    assert names == list(deployments.EVENTS)
    assert states == ["Succeeded"] * place + ["Failed"] + ["Skipped"] * (len(names) - place - 1)
    diagnostics = found[place]["diagnostics"]
    assert diagnostics["errorCode"] == deployments.LIFECYCLE_ERRORS[cause]
    assert diagnostics["message"] in deployments.sample(cause, 5)["log"]


def test_only_servers_have_these_lifecycle_events() -> None:
    with pytest.raises(ValueError, match="codedeploy"):
        deployments.lifecycle("task_exit", 1)
