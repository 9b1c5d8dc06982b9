"""Opening and closing accounts: which one answers, and whose time it is."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Protocol, TypeVar

import boto3
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws

from course.account import gateway, retries, waiting
from course.account.clock import Clock
from course.account.desk import Answer
from course.account.errors import AccountClosed
from course.account.handle import Account
from course.account.turns import Turns
from course.telemetry.world import World

ACCOUNT_ID = "123456789012"
# Second accounts get ids of their own, so that nothing of one can show in the other.
_second_ids = (f"{number:012d}" for number in count(210_987_654_321))

DUMMY_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": gateway.DUMMY_KEY[0],
    "AWS_SECRET_ACCESS_KEY": gateway.DUMMY_KEY[1],
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # moto does not know the DynamoDB Streams endpoint that carries an account id.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
}
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN")


class Answering(Protocol):
    """What can answer as the open account: an `Account`, or a `Remote` one."""

    id: str
    region: str
    clock: Clock
    turns: Turns

    @property
    def is_asking(self) -> bool: ...

    def serve(self, request: AWSPreparedRequest) -> Answer: ...

    def pass_time(self, milliseconds: int) -> None: ...

    def close(self) -> None: ...


Account_ = TypeVar("Account_", bound=Answering)

_mock = mock_aws()
_mock_started = False
_open: list[Answering] = []


def prepare() -> None:
    """What importing the package does: dummy credentials, and every AWS call kept inside."""
    os.environ.update(DUMMY_ENVIRONMENT)
    for name in UNSET:
        os.environ.pop(name, None)
    gateway.install()


def open(world: World, *, region: str = "us-east-1") -> Account:
    """Open an account in which `world` has happened; from now on boto3 talks to it.

    The clock stands at `world.end` and moves by `advance` alone. Accounts opened before are closed,
    so a notebook cell with this line can be run again.
    """
    for account in reversed(_open.copy()):
        account.close()
    _start_mock()
    retries.reseed()
    return enter(Account(world, region=region, account_id=ACCOUNT_ID, on_close=leave))


@contextmanager
def fresh(world: World, *, region: str = "us-east-1") -> Iterator[Account]:
    """A second account for the `with` block: its own id, its own clock, nothing of the first.

    Afterwards the account that was open before answers again, at its own time.
    """
    _start_mock()
    retries.reseed()
    account = Account(world, region=region, account_id=next(_second_ids), on_close=leave)
    enter(account)
    try:
        yield account
    finally:
        account.close()


def current() -> Answering | None:
    """The account that answers now."""
    return _open[-1] if _open else None


def held() -> Account:
    """The account that answers now, if this process holds it; AccountClosed if not."""
    account = current()
    if not isinstance(account, Account):
        raise AccountClosed(gateway.CLOSED)
    return account


def _start_mock() -> None:
    """Start moto, once: stopping it would send later calls to the network.

    The libraries and the world, which are there to stay, are taken out of the garbage collector's
    sight: looking through them again and again was a tenth of the time of a day of traffic.
    """
    global _mock_started
    if _mock_started:
        return
    session = boto3.DEFAULT_SESSION
    _mock.start()
    boto3.DEFAULT_SESSION = session
    os.environ.update(DUMMY_ENVIRONMENT)
    gc.freeze()
    _mock_started = True


def enter(account: Account_) -> Account_:
    """Let an account answer from now on."""
    _open.append(account)
    _hand_over()
    return account


def leave(account: Answering) -> None:
    """Let the account answer again that did before this one was opened."""
    if account in _open:
        _open.remove(account)
        _forget(account.id)
    _hand_over()


def _hand_over() -> None:
    """Let the last opened account answer, in its own time; with none left, close the door."""
    account = current()
    if account is None:
        gateway.set_door(None)
        waiting.serve(None)
        os.environ.pop("MOTO_ACCOUNT_ID", None)
        Clock.release()
        return
    os.environ["MOTO_ACCOUNT_ID"] = account.id
    os.environ["AWS_DEFAULT_REGION"] = account.region
    account.clock.hold()
    gateway.set_door(account.serve)
    waiting.serve(account)


def _forget(account_id: str) -> None:
    """Drop what moto keeps for an account, in the services that were used."""
    base = sys.modules["moto.core.base_backend"]
    for backends in base.BackendDict._instances:
        if account_id in backends:
            backends[account_id].reset()
            del backends[account_id]
