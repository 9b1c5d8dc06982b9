"""Measures grading: ours beside stock nbgrader, otter-grader and the bare cells, on lesson 01.

Every side grades the same honest submissions, each on its first day (no gradebook scores, no
stored runs), in a process of its own; what is compared is the time for one more submission, taken
between the first student's and the last one's, so that no side's start counts. A ratio is ours to
theirs: 0.2 is five times as fast. Sides take turns, five times; medians count, scores must agree.
"""

from __future__ import annotations

import csv
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from tools import demo
from tools.measuring import Measurement, NotMeasured, measures

ROOT = Path(__file__).resolve().parent.parent
STUDENTS = 5
TIMES = 5
MANY = 300
# What `course grade` prints when a student is done; what nbgrader logs when one is begun.
OURS, STOCK = re.compile(r"\w+: [\d.]+ points"), re.compile(r".*Sanitizing .*")
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.CourseDirectory.root = {root!r}
c.Execute.timeout = 60
c.ClearSolutions.code_stub = {{"python": "# Your code here."}}
"""
PEAK = """
import resource, sys
from course import cli
status = cli.main(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
sys.exit(status)
"""


# --- course folders ------------------------------------------------------------------------------


def submission(lesson: demo.Lesson, number: int) -> Any:
    """An honest submission that is nobody else's."""
    made = demo.ada(lesson) if number % 2 == 0 else demo.cleo(lesson)
    name = next(iter(lesson.exercises))
    cell = next(one for one in made.cells if one.get("id") == name)
    cell.source += f"\n# student {number}"
    return made


def student(number: int) -> str:
    return f"s{number:03d}"


@contextmanager
def course(count: int, config: str | None = None) -> Iterator[Path]:
    """A course folder with lesson 01, a class and its submissions."""
    lesson = demo.read()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        for step in ("source", "release"):
            shutil.copytree(ROOT / step / lesson.name, folder / step / lesson.name)
        own = (ROOT / "nbgrader_config.py").read_text("utf-8")
        (folder / "nbgrader_config.py").write_text(config.format(root=name) if config else own)
        names = [student(number) for number in range(count)]
        (folder / "students.csv").write_text("\n".join(["id", *names]) + "\n")
        for number, one in enumerate(names):
            path = folder / "submitted" / one / lesson.name / lesson.notebook
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(submission(lesson, number)))
        yield folder


# --- sides ---------------------------------------------------------------------------------------


def paced(command: list[str], folder: Path, sign: re.Pattern[str]) -> float:
    """Seconds for one more student, from a command that prints a line for each."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    running = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said, moments = [], []
    assert running.stdout is not None
    for line in running.stdout:
        said.append(line)
        if sign.match(line):
            moments.append(perf_counter())
    if running.wait() != 0 or len(moments) < 2:
        raise NotMeasured(f"{command[0]} failed: {said[-1].strip() if said else 'no word'}")
    return (moments[-1] - moments[0]) / (len(moments) - 1)


def ours(jobs: int = 1, count: int = STUDENTS) -> tuple[float, list[float]]:
    with course(count) as folder:
        command = [sys.executable, "-m", "course", "grade", demo.LESSON, "--jobs", str(jobs)]
        seconds = paced(command, folder, OURS)
        path = folder / "build" / "grades" / f"{demo.LESSON}.csv"
        with path.open() as file:
            return seconds, [float(row["score"]) for row in csv.DictReader(file)]


def stock() -> tuple[float, list[float]]:
    """nbgrader as it comes: autograde for the scores, then a page for each student."""
    nbgrader = [sys.executable, "-m", "nbgrader"]
    with course(STUDENTS, STOCK_CONFIG) as folder:
        for words in (["generate_assignment", demo.LESSON, "--force"],):
            _quietly([*nbgrader, *words], folder)
        seconds = paced([*nbgrader, "autograde", demo.LESSON], folder, STOCK)
        pages = re.compile(r".*Converting notebook .*")
        seconds += paced([*nbgrader, "generate_feedback", demo.LESSON], folder, pages)
        _quietly([*nbgrader, "export", "--to=scores.csv"], folder)
        with (folder / "scores.csv").open() as file:
            return seconds, [float(row["score"]) for row in csv.DictReader(file)]


def _quietly(command: list[str], folder: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise NotMeasured(f"{' '.join(command[-2:])} failed: {done.stderr.strip()[-200:]}")


def cells() -> float:
    """The cells of a submission in a kernel that is running and has imported the packages; unlike
    those of `course grade`, it has not rehearsed."""
    import asyncio

    from nbclient import NotebookClient

    from course.grading.sandbox import kernels

    lesson = demo.read()
    notebook = lesson.submission({name: lesson.reference(name) for name in lesson.exercises})
    checks = {cell.get("id"): cell.source for cell in lesson.source.cells}
    for cell in notebook.cells:
        if cell.get("id", "").endswith("_check"):
            cell.source = checks[cell.id]

    async def run(manager: Any) -> float:
        client = NotebookClient(notebook, km=manager, allow_errors=True, timeout=60)
        async with client.async_setup_kernel():
            began = perf_counter()
            for position, cell in enumerate(notebook.cells):
                await client.async_execute_cell(cell, position)
            return perf_counter() - began

    with kernels.warm(sandboxed=False) as start:
        return asyncio.run(run(start(None)))


# --- measurements --------------------------------------------------------------------------------


@functools.cache
def _sandbox() -> None:
    from course.grading.sandbox import bubblewrap

    if why := bubblewrap.why_not():
        raise NotMeasured(why)


@measures(
    ("grade_ours_s", "s", None), ("grade_stock_s", "s", None), ("grade_vs_nbgrader", "x", 0.2)
)
def grade_vs_nbgrader() -> list[Measurement]:
    """Scores and feedback pages, one worker in the sandbox, beside stock nbgrader."""
    _sandbox()
    turns = [(ours(), stock()) for _ in range(TIMES)]
    if any(mine[1] != theirs[1] for mine, theirs in turns):
        raise NotMeasured("the scores differ")
    mine, theirs = median(one[0] for one, _ in turns), median(one[0] for _, one in turns)
    note = f"{STUDENTS} submissions, same scores"
    return [
        Measurement("grade_ours_s", mine, "s", None, note),
        Measurement("grade_stock_s", theirs, "s", None, note),
        Measurement("grade_vs_nbgrader", mine / theirs, "x", 0.2, "less is faster"),
    ]


@measures(("grade_vs_cells", "x", 1.5))
def grade_vs_cells() -> list[Measurement]:
    """One worker's time for a submission to that of its cells alone in a running kernel."""
    _sandbox()
    turns = [(ours()[0], cells()) for _ in range(TIMES)]
    mine, bare = median(one for one, _ in turns), median(one for _, one in turns)
    note = f"{mine:.2f} s, cells alone {bare:.2f} s"
    return [Measurement("grade_vs_cells", mine / bare, "x", 1.5, note)]


@measures(("grade_two_workers", "x", 0.556))
def grade_two_workers() -> list[Measurement]:
    """Two workers' time for a submission to one worker's."""
    _sandbox()
    turns = [(ours(2, 2 * STUDENTS)[0], ours(1, 2 * STUDENTS)[0]) for _ in range(TIMES)]
    two, one = median(pair[0] for pair in turns), median(pair[1] for pair in turns)
    note = f"{os.cpu_count()} processors, one of them also writes; 1.8 times as fast is 0.556"
    return [Measurement("grade_two_workers", two / one, "x", 0.556, note)]


@measures(("grade_300_peak_mb", "MB", 400))
def grade_300_peak_mb() -> list[Measurement]:
    """Peak memory of the one process that writes the scores of 300 students."""
    _sandbox()
    with course(MANY) as folder:
        # Three hundred hand-ins of five kinds: the runs are not what is measured.
        _share(folder)
        words = ["grade", demo.LESSON, "--course-dir", str(folder)]
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *words], capture_output=True, text=True, cwd=ROOT
        )
    found = re.search(r"^peak (\d+)$", done.stdout, re.MULTILINE)
    if done.returncode != 0 or found is None:
        raise NotMeasured(f"grading failed: {done.stderr.strip()[-200:]}")
    return [Measurement("grade_300_peak_mb", float(found[1]), "MB", 400, f"{MANY} submissions")]


def _share(folder: Path) -> None:
    lesson = demo.read()
    for number in range(MANY):
        path = folder / "submitted" / student(number) / lesson.name / lesson.notebook
        path.write_text(json.dumps(submission(lesson, number % STUDENTS)))
