"""Tasks that take turns: stampedes, locks, crashes, races, all on the account's clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import course.account
from course.account import Account, Crashed, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.tables import create, item


@pytest.fixture
def cache(account: Account) -> Any:
    return account.cache("prices", decode_responses=True)


class Origin:
    """What is slow to read and is to be spared; `crashes`: how many of its first readers die."""

    def __init__(self, account: Account, crashes: int = 0) -> None:
        self.reads = 0
        self._account = account
        self._crashes = crashes

    def load(self) -> str:
        self.reads += 1
        time.sleep(0.04)
        if self.reads <= self._crashes:
            self._account.crash()
        return "value"


def careless(cache: Any, origin: Origin) -> Callable[[], str]:
    """Cache-aside without protection."""

    def read() -> str:
        found = cache.get("page")
        if found is None:
            found = origin.load()
            cache.set("page", found, ex=300)
        return str(found)

    return read


def locked(cache: Any, origin: Origin, *, expiry: float | None = 1) -> Callable[[], str]:
    """One refills, the others look again."""

    def read() -> str:
        while (found := cache.get("page")) is None:
            if cache.set("page:lock", "1", nx=True, ex=expiry):
                try:
                    if cache.get("page") is None:
                        cache.set("page", origin.load(), ex=300)
                finally:
                    cache.delete("page:lock")
            else:
                time.sleep(0.02)
        return str(found)

    return read


@behaviour("together.stampede")
def test_two_hundred_readers_stampede_and_a_lock_cures_it(account: Account, cache: Any) -> None:
    origin = Origin(account)
    run = account.together([careless(cache, origin)] * 200)
    assert origin.reads == 200 and run.counts["GET"] == 200
    assert run.results == ["value"] * 200 and run.errors == [None] * 200
    assert 40 < run.ms < 60, "they waited at the same time"
    cache.delete("page")
    origin.reads = 0
    run = account.together([locked(cache, origin)] * 200)
    assert origin.reads == 1 and run.results == ["value"] * 200
    assert 40 < run.ms < 100


@behaviour("together.crash")
def test_the_lock_of_a_crashed_holder_ends_by_itself(account: Account, cache: Any) -> None:
    origin = Origin(account, crashes=1)
    run = account.together([locked(cache, origin)] * 20)
    crashed = [error for error in run.errors if error is not None]
    assert [type(error) for error in crashed] == [Crashed]
    assert origin.reads == 2 and run.results.count("value") == 19
    assert 1_000 < run.ms < 1_200, "the others waited for the expiry of the lock"
    dead = run.errors.index(crashed[0])
    done = [row["what"] for row in run.timeline if row["task"] == dead]
    assert done == ["start", "GET", "SET", "GET", "sleep", "crash"], "its finally reached nobody"


@behaviour("together.limit")
def test_who_waits_for_ever_is_stopped(account: Account, cache: Any) -> None:
    origin = Origin(account, crashes=1)
    run = account.together([locked(cache, origin, expiry=None)] * 5, limit=2)
    assert (
        sorted(type(error).__name__ for error in run.errors) == ["Crashed"] + ["TimeoutError"] * 4
    )
    assert run.ms == 2_000 and "2 s" in str(next(e for e in run.errors if type(e) is TimeoutError))


@behaviour("together.limit")
def test_who_would_begin_too_late_never_does(account: Account) -> None:
    begun: list[int] = []
    run = account.together([lambda: begun.append(1)] * 2, starts=[0, 3_000], limit=2)
    assert begun == [1] and type(run.errors[1]) is TimeoutError and run.ms == 2_000


@behaviour("together.limit")
def test_a_loop_that_never_sleeps_is_stopped(
    account: Account, cache: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course.account.together.MOST_TURNS", 200)

    def poll() -> None:
        while cache.get("never") is None:
            pass

    run = account.together([poll, lambda: cache.get("a")])
    assert type(run.errors[0]) is TimeoutError and "turns" in str(run.errors[0])
    assert run.errors[1] is None


@behaviour("together.deterministic")
def test_a_seed_decides_the_order_of_events(account: Account) -> None:
    def timeline(seed: int) -> list[dict[str, Any]]:
        with course.account.fresh(WORLD) as trial:
            cache = trial.cache("prices", decode_responses=True)
            return trial.together([careless(cache, Origin(trial))] * 8, seed=seed).timeline

    assert timeline(1) == timeline(1)
    assert timeline(1) != timeline(2)
    rows = timeline(1)
    assert [row["ms"] for row in rows] == sorted(row["ms"] for row in rows)
    first = next(row for row in rows if row["what"] == "GET")
    assert first["detail"] == "page" and 0 < first["took_ms"] < 2


@behaviour("together.races")
def test_interleavings_find_the_stale_read_of_cache_aside(account: Account, cache: Any) -> None:
    """A reader puts back what it had read before the update."""
    stale = 0
    for seed in range(40):
        stored = {"price": "old"}
        cache.flushall()

        def read(stored: dict[str, str] = stored) -> None:
            if cache.get("price") is None:
                found = stored["price"]
                time.sleep(0.0005)
                cache.set("price", found, ex=300)

        def update(stored: dict[str, str] = stored) -> None:
            time.sleep(0.0005)
            stored["price"] = "new"
            cache.delete("price")

        account.together([read, update], seed=seed)
        stale += cache.get("price") == "old"
    assert 0 < stale < 40


@behaviour("together.aws_calls")
def test_aws_calls_take_their_time_and_turns(account: Account, session: Any) -> None:
    dynamodb = session.client("dynamodb")
    create(dynamodb)
    dynamodb.put_item(TableName="t", Item=item(pk="a", n=1))
    key = {"TableName": "t", "Key": {"pk": {"S": "a"}}}
    run = account.together([lambda: dynamodb.get_item(**key)["Item"]["n"]["N"]] * 10)
    assert run.results == ["1"] * 10 and run.counts == {"dynamodb:GetItem": 10}
    assert 2 < run.ms < 60
    with account.fault("dynamodb:GetItem", latency=50, times=3):
        slow = account.together([lambda: dynamodb.get_item(**key)["Item"]["n"]["N"]] * 6)
    took = sorted(row["took_ms"] for row in slow.timeline if row["what"] == "dynamodb:GetItem")
    assert took[2] < 50 < took[3] and slow.ms < 120


@behaviour("together.clock")
def test_times_of_tasks_pass_beside_each_other(account: Account, cache: Any) -> None:
    seen: list[tuple[float, float]] = []

    def work(seconds: float) -> float:
        began, counted = time.time(), time.monotonic()
        time.sleep(seconds)
        seen.append((time.time() - began, time.monotonic() - counted))
        return seconds

    before = account.now
    run = account.together([lambda: work(3), lambda: work(1)], starts=[0, 500])
    assert run.results == [3, 1] and run.ms == 3_000
    assert [round(a, 2) for a, _ in seen] == [1, 3] == [round(b, 2) for _, b in seen]
    assert (account.now - before).total_seconds() == 3
    cache.set("a", "1", ex=1)
    run = account.together([lambda: cache.get("a")] * 2, starts=[100, 1_500])
    assert run.results == ["1", None]


@behaviour("together.clock")
def test_a_sleep_bound_to_a_name_of_its_own_is_a_turn_as_well(account: Account) -> None:
    from time import sleep

    order: list[str] = []

    def work(name: str, seconds: float) -> None:
        for _ in range(2):
            order.append(name)
            sleep(seconds)

    run = account.together([lambda: work("slow", 3), lambda: work("quick", 1)], starts=[0, 100])
    assert order == ["slow", "quick", "quick", "slow"]
    assert run.ms == 6_000 and run.counts == {"sleep": 4}
    waiting = [False, True]

    def poll() -> None:
        while waiting[0] != waiting[1]:
            sleep(0)  # the other gets its turn

    run = account.together([poll, lambda: waiting.reverse() or waiting.append(False)])
    assert run.errors[1] is None


@behaviour("together.errors")
def test_one_that_raises_disturbs_nobody(account: Account, cache: Any) -> None:
    def fail() -> None:
        cache.get("a")
        raise KeyError("a")

    run = account.together([fail, cache.ping])
    assert type(run.errors[0]) is KeyError and run.results[1] is True
    assert run.timeline[-1]["what"] in ("raise", "return")


@behaviour("together.refusals")
def test_what_tasks_cannot_do(account: Account) -> None:
    def spread() -> None:
        threading.Thread(target=print).start()

    run = account.together([spread, lambda: account.together([])])
    assert [type(error) for error in run.errors] == [NotSimulated, NotSimulated]
    with pytest.raises(NotSimulated, match="together"):
        account.crash()
    with pytest.raises(TypeError, match="functions without arguments"):
        account.together([1])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="starts"):
        account.together([spread], starts=[0, 1])
    assert account.together([]).ms == 0


@behaviour("together.refusals")
def test_a_lock_of_pythons_is_refused_instead_of_waiting_for_ever(
    account: Account, cache: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("course.account.together.PATIENCE", 0.3)
    door = threading.Lock()

    def enter() -> None:
        with door:
            cache.get("a")

    with pytest.raises(NotSimulated, match="what task . of together.* lock in the cache"):
        account.together([enter, enter])
    assert door.acquire(timeout=5), "the task that held it has been unwound"
    assert account.together([cache.ping]).results == [True]


@behaviour("together.locks")
def test_a_lock_of_redis_waits_inside_a_task(account: Account, cache: Any) -> None:
    order: list[int] = []

    def enter(number: int) -> None:
        with cache.lock("door", timeout=10, sleep=0.01):
            order.append(number)
            time.sleep(0.1)
            order.append(number)

    run = account.together([lambda n=n: enter(n) for n in range(4)], seed=3)
    assert run.errors == [None] * 4 and 400 < run.ms < 600
    assert all(order[at] == order[at + 1] for at in range(0, 8, 2))
