"""Waiting on the account's clock: a program's own `time.sleep`, and botocore's between retries.

While an account is open, the main thread (where a notebook's cells run) and whatever runs inside
the account sleep on its clock: a loop that looks every two seconds whether a query is done takes no
real time. Other threads sleep as always. botocore's retries and waiters run as they are; what they
would sleep is spent (`waiting.spend`), and the jitter of their pauses comes from a fixed seed, so
that runs repeat. The adaptive mode's rate limiter waits on a condition, which spends the time too.
"""

from __future__ import annotations

import threading
import time
from random import Random
from types import SimpleNamespace

import botocore.endpoint
import botocore.retries.bucket
import botocore.retryhandler
import botocore.waiter
from botocore.retries.standard import ExponentialBackoff

from course.account import waiting

SEED = "retries"
ASLEEP = "sleep"
_rng = Random(SEED)
_real_sleep = time.sleep


def install() -> None:
    """Replace what botocore waits with; calling it again changes nothing."""
    time.sleep = _nap  # type: ignore[assignment]
    clock = SimpleNamespace(sleep=sleep, time=time.time)
    botocore.endpoint.time = clock
    botocore.waiter.time = clock
    botocore.retryhandler.random = SimpleNamespace(random=_jitter)
    botocore.retries.bucket.threading = SimpleNamespace(
        Lock=threading.Lock, Condition=SpendingCondition
    )
    longest, _, *rest = ExponentialBackoff.__init__.__defaults__
    ExponentialBackoff.__init__.__defaults__ = (longest, _jitter, *rest)


def reseed() -> None:
    """Begin the jitter anew: for an account that opens."""
    _rng.seed(SEED)


def _nap(seconds: float, /) -> None:
    """Stands for `time.sleep`, also where a program has bound it to a name of its own."""
    is_main = threading.current_thread() is threading.main_thread()
    running = waiting.current()
    if running is not None:
        _must_be_possible(seconds)
        since = running.now
        running.add(seconds * 1000)  # 0 as well: a task lets the others go first
        running.note(ASLEEP, "", since)
    elif is_main and waiting.has_account():
        sleep(seconds)
    else:
        _real_sleep(seconds)


def sleep(seconds: float) -> None:
    """Let so much time pass on the account's clock for whoever runs in this thread."""
    _must_be_possible(seconds)
    waiting.spend(seconds * 1000)


def _must_be_possible(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")


def _jitter() -> float:
    return _rng.random()


class SpendingCondition(threading.Condition):
    """A condition on which nobody is woken: the time that was asked for has passed at once."""

    def wait(self, timeout: float | None = None) -> bool:
        sleep(max(timeout or 0.0, 0.0))
        return False
