"""botocore's pauses pass on the account's clock, and nobody waits for real."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from time import perf_counter

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import course.account
from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD


def throttled(session: boto3.Session, account: Account, mode: str, attempts: int = 4) -> float:
    """Seconds of the account's clock that a call takes which is throttled every time."""
    retries = {"mode": mode, "total_max_attempts": attempts}
    client = session.client("dynamodb", config=Config(retries=retries))
    before, real = account.now, time.perf_counter()
    with account.fault("dynamodb:ListTables", error="ThrottlingException") as fault:
        with pytest.raises(ClientError, match="ThrottlingException"):
            client.list_tables()
        assert fault.hits == attempts
    assert time.perf_counter() - real < 5
    return (account.now - before).total_seconds()


@behaviour("faults.retries_take_virtual_time")
@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_pauses_between_retries_pass_on_the_clock(
    account: Account, session: boto3.Session, mode: str
) -> None:
    assert 0 < throttled(session, account, mode) < 30


def test_pauses_repeat_with_every_account(session: boto3.Session) -> None:
    took = []
    for _ in range(2):
        with course.account.open(WORLD) as account:
            took.append(throttled(session, account, "standard"))
    assert took[0] == took[1]


def test_a_waiter_waits_on_the_clock(account: Account, session: boto3.Session) -> None:
    client = session.client("dynamodb")
    before = account.now
    with pytest.raises(Exception, match="Max attempts exceeded"):
        client.get_waiter("table_exists").wait(
            TableName="nope", WaiterConfig={"Delay": 20, "MaxAttempts": 3}
        )
    assert (account.now - before).total_seconds() == pytest.approx(40, abs=0.5)


def test_sleeping_takes_the_accounts_time_and_no_other(account: Account) -> None:
    before = account.now
    time.sleep(2.5)
    assert account.now - before == timedelta(seconds=2.5)
    with pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_another_thread_sleeps_as_always(account: Account) -> None:
    before = account.now
    thread = threading.Thread(target=time.sleep, args=(0.01,))
    thread.start()
    thread.join()
    assert account.now == before


def test_without_an_account_sleeping_is_real() -> None:
    before = perf_counter()
    time.sleep(0.02)
    assert perf_counter() - before >= 0.02
