"""Several processes run jobs: all of them once, whichever process dies."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from course.grading import workers
from course.grading.runs import Cell, Job, Run, Store
from course.grading.sandbox.limits import Limits

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("workers")]


def job(code: str, limits: Limits | None = None) -> Job:
    # Without a sandbox, so that this runs wherever Python does.
    return Job((Cell("one", "own", code),), {}, limits or Limits(), sandboxed=False)


def shown(run: Run | None) -> str:
    assert run is not None
    return str(run.cells[0].outputs[0]["data"]["text/plain"])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


def test_every_job_comes_back_once_and_is_kept(store: Store) -> None:
    asked: list[workers.Asked] = [(f"s{n}", job(f"{n} * 2")) for n in range(5)]
    asked.insert(2, ("nothing", None))
    with workers.Pool(2) as pool:
        found = dict(pool.run(iter(asked), store))
        below = psutil.Process().children(recursive=True)
    assert found.pop("nothing") is None
    assert {name: shown(run) for name, run in found.items()} == {
        f"s{n}": str(n * 2) for n in range(5)
    }
    for _, one in asked:
        assert one is None or store.load(one.key) is not None
    assert psutil.wait_procs(below, timeout=20)[1] == []


def kill_once_busy(pool: workers.Pool, times: int, pids: list[int]) -> None:
    """Kill a worker that has the job, as often as wanted, each time another one."""
    while len(pids) < times:
        for worker in list(pool.workers):
            if worker.task and worker.task.name == "slow" and worker.process.pid not in pids:
                pids.append(worker.process.pid)
                worker.process.kill()
        time.sleep(0.01)


@pytest.fixture
def killed(store: Store) -> Iterator[tuple[workers.Pool, list[int]]]:
    with workers.Pool(1) as pool:
        yield pool, []


def test_a_lost_workers_job_is_done_by_another(
    killed: tuple[workers.Pool, list[int]], store: Store
) -> None:
    pool, pids = killed
    threading.Thread(target=kill_once_busy, args=(pool, 1, pids), daemon=True).start()
    found = dict(pool.run(iter([("slow", job("6 * 7")), ("next", job("1 + 1"))]), store))
    assert (shown(found["slow"]), shown(found["next"])) == ("42", "2")
    assert len(pids) == 1


def test_a_job_that_is_lost_twice_is_flagged_and_the_others_go_on(
    killed: tuple[workers.Pool, list[int]], store: Store
) -> None:
    pool, pids = killed
    threading.Thread(target=kill_once_busy, args=(pool, 2, pids), daemon=True).start()
    found = dict(pool.run(iter([("slow", job("6 * 7")), ("next", job("1 + 1"))]), store))
    lost = found["slow"]
    assert lost is not None and lost.lost
    assert lost.flags == ["not run: its worker ended (-9) (2 attempts); later cells not run"]
    assert shown(found["next"]) == "2"


def test_a_job_that_cannot_be_run_says_why() -> None:
    task = workers.Task("ann", job("1"))
    assert task.done(workers.answer("{", workers.Warm())) is None
    assert task.done(Run("other", []).encode()) is None
    assert len(task.troubles) == 2
    assert task.lost().flags[0].startswith("not run: its worker sent something else")


def test_jobs_are_taken_when_they_are_needed(store: Store) -> None:
    taken = []

    def asked() -> Iterator[workers.Asked]:
        for n in range(100):
            taken.append(n)
            yield f"s{n}", job(str(n))

    with workers.Pool(1) as pool:
        name, _ = next(iter(pool.run(asked(), store)))
    assert name == "s0"
    assert len(taken) < 20
