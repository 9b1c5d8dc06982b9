"""What the warm process does ahead leaves nothing behind, neither there nor in its kernels."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from matplotlib import pyplot

from course.account import lifecycle
from course.grading import runner
from course.grading.kernel import Start
from course.grading.runs import Cell, Job
from course.grading.sandbox import bubblewrap, kernels, rehearsal

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal")]

LOOK = """
import boto3
from course import account, data

before = boto3.DEFAULT_SESSION
shop = account.open(data.load("checkout"))
names = [
    boto3.client("sqs").list_queues().get("QueueUrls", []),
    boto3.client("dynamodb").list_tables()["TableNames"],
    boto3.client("s3").list_buckets()["Buckets"],
    [each["FunctionName"] for each in boto3.client("lambda").list_functions()["Functions"]],
    [each["AlarmName"] for each in boto3.client("cloudwatch").describe_alarms()["MetricAlarms"]],
]
"rehearsal" in repr(names), shop.id, str(shop.now)
"""
SEEDS = """
import random, uuid
import numpy as np
from moto.moto_api._internal import mock_random

[random.random(), np.random.rand(), uuid.uuid4().hex, mock_random.random()]
"""


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    with kernels.warm(sandboxed=bubblewrap.why_not() is None, rehearsed=True) as made:
        yield made


def result(source: str, start: Start) -> str:
    run = runner.run(Job((Cell("look", "own", source),)), start)
    return str(run.cells[0].outputs[-1]["data"]["text/plain"])


def test_nothing_stays_open() -> None:
    threads = threading.active_count()
    rehearsal.rehearse()
    assert lifecycle.current() is None
    assert pyplot.get_fignums() == []
    assert threading.active_count() == threads
    assert abs(time.time() - time.clock_gettime(time.CLOCK_REALTIME)) < 60


def test_a_kernel_finds_nothing_of_it(start: Start) -> None:
    assert result(LOOK, start) == "(False, '123456789012', '2026-03-17 12:00:00+00:00')"


def test_kernels_do_not_share_their_chance(start: Start) -> None:
    assert result(SEEDS, start) != result(SEEDS, start)
