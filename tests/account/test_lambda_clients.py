"""Making clients of AWS takes a function CPU time."""

from __future__ import annotations

import re
from typing import Any

import boto3
import botocore.session
import pytest

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

BUILT = "    boto3.client('sqs').list_queues()\n"
INSIDE = "import boto3\ndef lambda_handler(event, context):\n" + BUILT
OUTSIDE = (
    "import boto3\nqueues = boto3.client('sqs')\n"
    "def lambda_handler(event, context):\n    queues.list_queues()\n"
)


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


def durations(lambdas: Lambdas, name: str) -> list[float]:
    """The durations of four invocations, in order."""
    for _ in range(4):
        lambdas.call(name=name)
    found = re.findall(r"\tDuration: ([\d.]+) ms", "".join(lambdas.log(name)))
    return [float(each) for each in found]


@behaviour("lambda.building_clients")
def test_a_client_made_in_the_handler_takes_time_at_every_call(lambdas: Lambdas) -> None:
    lambdas.make(INSIDE, "inside", MemorySize=256)
    lambdas.make(OUTSIDE, "outside", MemorySize=256)
    first, *warm = durations(lambdas, "inside")
    assert min(warm) > 3 * max(durations(lambdas, "outside"))
    assert first > 2 * max(warm)


@behaviour("lambda.building_clients")
def test_more_memory_makes_clients_sooner(lambdas: Lambdas) -> None:
    lambdas.make(INSIDE, "small", MemorySize=128)
    lambdas.make(INSIDE, "large", MemorySize=1769)
    assert min(durations(lambdas, "small")) > 2 * max(durations(lambdas, "large")[1:])


def test_outside_of_functions_nothing_is_changed(lambdas: Lambdas) -> None:
    before = botocore.session.Session.create_client
    lambdas.make(INSIDE)
    lambdas.call()
    assert botocore.session.Session.create_client is before
