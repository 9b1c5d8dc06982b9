"""Many jobs, several processes: each with its own warm process, jobs handed out one by one.

A worker is this module run by a fresh Python: it reads jobs and answers with runs, both as text
over one socket. A worker that dies, or takes longer than its job may, loses that one job: another
worker gets it, once; then it comes back as a lost run. Nothing of a finished job depends on a
worker's life, and workers end with whoever started them.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import itertools
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

import course
from course.grading import environment, runner, runs
from course.grading.kernel import Start, plain_kernel
from course.grading.runs import BadText, CellRun, Job, Run
from course.grading.sandbox import kernels, linux
from course.grading.sandbox.limits import Limits

# A name and what to run for it, or nothing; and what came of it.
Asked = tuple[str, Job | None]
Answered = tuple[str, Run | None]
ATTEMPTS = 2
# Seconds that a job may take beyond its notebook's time: a cold start on a busy machine.
SLACK = 180
# Finished runs that wait to be taken; the one writer is slower than many workers.
WAITING = 8
FAILED = "failed: "
_MAIN = """
import importlib.util, sys
if importlib.util.find_spec("course") is None:
    sys.path.append({root!r})
from course.grading.workers import serve
serve({fd})
"""


class Warm:
    """Kernels for jobs: one warm process for each set of limits, until it is closed.

    rehearsed: for many jobs; see `kernels.warm`.
    """

    def __init__(self, rehearsed: bool = False) -> None:
        self._open, self._rehearsed = ExitStack(), rehearsed
        self._starts: dict[tuple[Limits, bool], Start] = {}

    def run(self, job: Job) -> Run:
        wanted = (job.limits, job.sandboxed)
        if wanted not in self._starts:
            self._starts[wanted] = self._start(*wanted)
        return runner.run(job, self._starts[wanted])

    def _start(self, limits: Limits, sandboxed: bool) -> Start:
        if sys.platform != "linux" and not sandboxed:
            return plain_kernel
        made = kernels.warm(limits, sandboxed, rehearsed=self._rehearsed)
        return self._open.enter_context(made)

    def close(self) -> None:
        self._open.close()


def serve(fd: int) -> None:
    """Be a worker: answer jobs until the other end is closed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if sys.platform == "linux":
        linux.die_with_parent(signal.SIGTERM)
    warm = Warm(rehearsed=True)
    with Connection(fd) as work, contextlib.suppress(EOFError, BrokenPipeError):
        try:
            while True:
                work.send_bytes(answer(work.recv_bytes().decode(), warm).encode())
        finally:
            warm.close()


def answer(text: str, warm: Warm) -> str:
    """A job's run, or why there is none; text to text, here and on other machines."""
    try:
        return warm.run(Job.decode(text)).encode()
    except Exception as error:
        # Not the submission's doing: no kernel could be started, or a disk is full.
        return f"{FAILED}{error or type(error).__name__}"


@dataclass
class Task:
    """A job on its way, for a student."""

    name: str
    job: Job
    attempts: int = 0
    troubles: list[str] = field(default_factory=list)

    def done(self, text: str) -> Run | None:
        """The run in a worker's answer; None, with the trouble noted, when there is none."""
        self.attempts += 1
        try:
            run = Run.decode(text)
            if run.key == self.job.key and len(run.cells) == len(self.job.cells):
                return run
            self.troubles.append("its worker sent something else")
        except BadText:
            self.troubles.append(text.removeprefix(FAILED).splitlines()[0][:200])
        return None

    def lost(self) -> Run:
        flag = f"not run: {self.troubles[-1]} ({self.attempts} attempts){runner.NOT_RUN}"
        cells = [CellRun() for _ in self.job.cells]
        return Run(self.job.key, cells, [flag], sandboxed=self.job.sandboxed, lost=True)


class _Worker:
    """A worker process, seen from the one that hands out jobs."""

    def __init__(self) -> None:
        here, there = socket.socketpair()
        root = str(Path(next(iter(course.__path__))).parent)
        with there:
            main = _MAIN.format(root=root, fd=there.fileno())
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", main],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                # Ctrl-C is for whoever hands out jobs; it ends the workers.
                start_new_session=True,
            )
        self.pipe = Connection(here.detach())
        self.task: Task | None = None
        self.until = 0.0

    def give(self, task: Task) -> None:
        self.task = task
        self.until = time.monotonic() + task.job.limits.notebook_s + SLACK
        with contextlib.suppress(BrokenPipeError, ConnectionError):
            self.pipe.send_bytes(task.job.encode().encode())

    def take(self) -> str:
        """The answer that is there; why there is none, when the worker is gone."""
        try:
            return self.pipe.recv_bytes().decode()
        except (EOFError, OSError):
            return f"{FAILED}its worker ended ({self.process.wait()})"

    def end(self) -> None:
        self.pipe.close()
        self.process.terminate()

    def kill(self) -> None:
        self.process.kill()


class Pool:
    """Runs jobs in `count` worker processes; use it in a `with`."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.workers: list[_Worker] = []
        self._results: queue.Queue[Answered | BaseException | None] = queue.Queue(WAITING)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        while self._thread is not None and self._thread.is_alive():
            # It may stand at a full queue.
            with contextlib.suppress(queue.Empty):
                self._results.get(timeout=0.05)
        self._end_all()

    def run(self, jobs: Iterator[Asked], store: runs.Store) -> Iterator[Answered]:
        """Each name and run, as they are finished; kept in the store before they are told.

        A name without a job comes back as it is, in its turn. Jobs are taken when they are needed.
        """
        # A thread of its own: workers must get new jobs while the one writer writes.
        self._thread = threading.Thread(target=self._serve, args=(jobs, store), daemon=True)
        self._thread.start()
        while (found := self._results.get()) is not None:
            if isinstance(found, BaseException):
                raise found
            yield found

    def _serve(self, jobs: Iterator[Asked], store: runs.Store) -> None:
        last: BaseException | None = None
        try:
            self._hand_out(jobs, store)
        except BaseException as error:
            last = error
        finally:
            self._end_all()
        self._results.put(last)

    def _hand_out(self, jobs: Iterator[Asked], store: runs.Store) -> None:
        tasks = self._tasks(jobs)
        while not self._over.is_set():
            while len(self._busy()) < self.count and (task := next(tasks, None)) is not None:
                self._idle().give(task)
            if not self._busy():
                return
            for worker in self._ready(self._busy()):
                if (again := self._finish(worker, store)) is not None:
                    tasks = itertools.chain([again], tasks)

    def _tasks(self, jobs: Iterator[Asked]) -> Iterator[Task]:
        for name, job in jobs:
            if job is None:
                self._results.put((name, None))
            else:
                yield Task(name, job)

    def _busy(self) -> list[_Worker]:
        return [one for one in self.workers if one.task]

    def _idle(self) -> _Worker:
        """A worker that waits for a job; a new one when there is none."""
        self.workers = [one for one in self.workers if one.task or one.process.poll() is None]
        waiting = [one for one in self.workers if one.task is None]
        if not waiting:
            waiting = [_Worker()]
            self.workers += waiting
        return waiting[0]

    def _ready(self, busy: list[_Worker]) -> list[_Worker]:
        found = wait([one.pipe for one in busy], timeout=0.2)
        for worker in busy:
            if time.monotonic() > worker.until:
                worker.kill()
        return [one for one in busy if one.pipe in found]

    def _finish(self, worker: _Worker, store: runs.Store) -> Task | None:
        """Take a worker's answer; the task when it must be done again."""
        task, worker.task = worker.task, None
        assert task is not None
        run = task.done(worker.take())
        if run is None and task.attempts < ATTEMPTS:
            return task
        run = run or task.lost()
        store.save(run)
        self._results.put((task.name, run))
        return None

    def _end_all(self) -> None:
        for worker in self.workers:
            worker.end()
        for worker in self.workers:
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(timeout=10)
            worker.kill()
            worker.process.wait()
        self.workers = []


@functools.cache
def _own() -> tuple[ThreadPoolExecutor, Warm]:
    # One thread for all: a sandbox ends with the thread that started it. And none with a loop: the
    # server of Formgrader grades inside its own.
    hand, warm = ThreadPoolExecutor(1, "grading"), Warm()
    atexit.register(warm.close)
    return hand, warm


def run_here(job: Job) -> Run:
    """Run a job in this process's own warm kernels, which stay until it ends."""
    hand, warm = _own()
    return hand.submit(warm.run, job).result()


def answer_here(text: str) -> str:
    """`answer` by this process's own warm kernels: what a machine of a cluster is asked for."""
    if Job.decode(text).environment != environment.current():
        return f"{FAILED}{socket.gethostname()} has another version of the course or its packages"
    hand, warm = _own()
    return hand.submit(answer, text, warm).result()
