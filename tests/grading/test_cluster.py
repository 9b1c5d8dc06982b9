"""Jobs on a Dask cluster of two worker processes, one of which is killed at work."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course.errors import UserError
from course.grading import cluster, workers
from course.grading.runs import Cell, Job, Run, Store

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("cluster")]


def job(code: str, **more: Any) -> Job:
    return Job((Cell("one", "own", code),), {"data.txt": b"\xff"}, sandboxed=False, **more)


def shown(run: Run | None) -> str:
    assert run is not None and not run.lost, run and run.flags
    return str(run.cells[0].outputs[0]["data"]["text/plain"])


@pytest.fixture(scope="module")
def machines() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        # Its own loops and sockets are closed in its own time.
        warnings.simplefilter("ignore")
        made = distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
        )
        with made:
            yield made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs")


@pytest.mark.filterwarnings("ignore")
def test_a_killed_workers_jobs_are_done_by_the_other(machines: Any, store: Store) -> None:
    asked: list[workers.Asked] = [(f"s{n}", job(f"{n} * 2")) for n in range(6)]
    asked.insert(1, ("nothing", None))
    victim_of = (machines.workers[0].worker_address, machines.workers[0].pid)
    found: dict[str, Run | None] = {}
    killed: list[int] = []
    with cluster.Cluster(machines.scheduler_address) as runs:
        victim = threading.Thread(target=kill_at_work, args=(runs, *victim_of, killed), daemon=True)
        victim.start()
        for name, run in runs.run(iter(asked), store):
            found[name] = run
    victim.join(timeout=1)
    assert killed == [victim_of[1]]
    assert found.pop("nothing") is None
    assert {name: shown(run) for name, run in found.items()} == {
        f"s{n}": str(n * 2) for n in range(6)
    }
    assert all(one is None or store.load(one.key) for _, one in asked)


def kill_at_work(runs: cluster.Cluster, address: str, pid: int, killed: list[int]) -> None:
    """Kill a worker as soon as it runs a job."""
    while not killed:
        if runs._client.processing().get(address):
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
        time.sleep(0.01)


@pytest.mark.filterwarnings("ignore")
def test_a_machine_with_another_version_is_no_help(machines: Any, store: Store) -> None:
    with cluster.Cluster(machines.scheduler_address) as runs:
        ((_, run),) = runs.run(iter([("ann", job("1", environment="another"))]), store)
    assert run is not None and run.lost
    assert "has another version of the course or its packages (2 attempts)" in run.flags[0]


def test_no_scheduler_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    wanted = "no Dask scheduler at" if cluster.distributed else "--cluster needs dask.distributed"
    with pytest.raises(UserError, match=wanted), cluster.Cluster("tcp://127.0.0.1:1"):
        pass


def test_only_text_crosses() -> None:
    text = workers.answer_here(job("1", environment="another").encode())
    assert isinstance(text, str) and text.startswith(workers.FAILED)
