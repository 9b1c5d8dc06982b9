"""The same jobs on many machines: a Dask cluster runs them, this process alone writes.

Workers need this package in the same version, bubblewrap, and one thread each (`dask worker
--nthreads 1 --nworkers auto`). A job goes out and a run comes back as JSON text; nothing of the
course's folder and nothing of the gradebook does. Dask itself pickles what it sends, the name of
the function included, and unpickles what it receives: whoever can reach a scheduler or a worker can
run code on all its machines and on this one, so keep the cluster's network to itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from course.errors import UserError
from course.grading import runs, workers
from course.grading.workers import Answered, Asked, Task

try:
    import distributed
except ImportError:
    distributed = None

# Jobs under way for each thread of the cluster: one runs, one waits.
AHEAD = 2
CONNECT_S = 20


class Cluster:
    """Runs jobs on a cluster, in the place of `workers.Pool`; use it in a `with`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client: Any = None

    def __enter__(self) -> Cluster:
        if distributed is None:
            raise UserError("--cluster needs dask.distributed: pip install 'course[cluster]'")
        try:
            self._client = distributed.Client(self.address, timeout=CONNECT_S)
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"no Dask scheduler at {self.address}: {_first_line(error)}") from None
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, jobs: Iterator[Asked], store: runs.Store) -> Iterator[Answered]:
        """See `workers.Pool.run`; jobs are sent as the cluster has room for them."""
        asked, tasks = iter(jobs), dict[Any, Task]()
        finished = distributed.as_completed()
        while True:
            for name, job in itertools.islice(asked, self._room() - len(tasks)):
                if job is None:
                    yield name, None
                else:
                    self._send(Task(name, job), tasks, finished)
            if not tasks:
                return
            yield from self._take(next(finished), tasks, finished, store)

    def _room(self) -> int:
        threads = sum(self._client.nthreads().values())
        return max(1, threads) * AHEAD

    def _send(self, task: Task, tasks: dict[Any, Task], finished: Any) -> None:
        # Dask gives a lost worker's task to another by itself, three times at most.
        future = self._client.submit(
            workers.answer_here, task.job.encode(), pure=False, key=f"run-{task.job.key}-{id(task)}"
        )
        tasks[future] = task
        finished.add(future)

    def _take(
        self, future: Any, tasks: dict[Any, Task], finished: Any, store: runs.Store
    ) -> Iterator[Answered]:
        task = tasks.pop(future)
        run = task.done(_text(future))
        if run is None and task.attempts < workers.ATTEMPTS:
            self._send(task, tasks, finished)
            return
        run = run or task.lost()
        store.save(run)
        yield task.name, run


def _text(future: Any) -> str:
    if future.status == "finished":
        found = future.result()
        return found if isinstance(found, str) else f"{workers.FAILED}no text came back"
    error = future.exception()
    return f"{workers.FAILED}{_first_line(error)}"


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
