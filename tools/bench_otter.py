"""otter-grader on lesson 01, beside ours: in an environment of its own, made once in build/otter.

A check cell becomes an otter test of one case that runs the cell's text; in the notebook stands
`grader.check` in its place, as otter's own tools write it. Only right answers are handed in: a
check that gives partial credit has no like in otter. Needs a package index to make the environment.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from nbformat.v4 import new_code_cell

from tools import bench_grading, demo
from tools.measuring import Measurement, NotMeasured, measures

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "otter"
VERSION = "otter-grader>=7,<8"
BEGIN = "import otter\ngrader = otter.Notebook()"
TIMES = 5


def environment() -> Path:
    """The folder of otter's commands; its environment is made when it is not there."""
    commands = FOLDER / "bin"
    if not (FOLDER / "ready").exists():
        _run([sys.executable, "-m", "venv", "--clear", str(FOLDER)])
        _run([str(commands / "python"), "-m", "pip", "install", "-q", VERSION])
        # What the lesson imports comes from this environment, behind otter's own packages.
        packages = Path(_run([str(commands / "python"), "-c", _WHERE]).strip())
        (packages / "lesson.pth").write_text(f"{sysconfig.get_path('purelib')}\n{ROOT}\n")
        (FOLDER / "ready").touch()
    return commands


# What a check prints is no part of its result, as it would be in a doctest.
_CASE = """>>> import contextlib, io
>>> with contextlib.redirect_stdout(io.StringIO()): exec({!r})
"""
_WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"


def _run(command: list[str], folder: Path | None = None) -> str:
    path = os.pathsep.join([str(FOLDER / "bin"), os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise NotMeasured(f"{Path(command[0]).name} failed: {last[:200]}")
    return done.stdout


def autograder(lesson: demo.Lesson, folder: Path) -> Path:
    """The zip file that otter grades with."""
    tests = folder / "tests"
    tests.mkdir()
    sources = {cell.get("id"): cell.source for cell in lesson.source.cells}
    for name, points in lesson.exercises.items():
        case = {"code": _CASE.format(sources[f"{name}_check"]), "hidden": True, "locked": False}
        suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
        test = {"name": name, "points": points, "suites": [suite]}
        (tests / f"{name}.py").write_text(f"OK_FORMAT = True\ntest = {test!r}\n")
    words = ["generate", "-t", "tests", "-o", "autograder.zip", "--no-requirements"]
    _run([str(environment() / "otter"), *words, "--no-environment"], folder)
    return folder / "autograder.zip"


def submission(lesson: demo.Lesson, number: int) -> Any:
    """An honest, right submission, with otter's calls in the place of the check cells."""
    made = demo.ada(lesson)
    for position, cell in enumerate(made.cells):
        name = cell.get("id", "").removesuffix("_check")
        if cell.get("id", "").endswith("_check") and name in lesson.exercises:
            made.cells[position] = new_code_cell(f"grader.check({name!r})")
    made.cells.insert(0, new_code_cell(f"# student {number}\n{BEGIN}"))
    return made


def grade(lesson: demo.Lesson, folder: Path, number: int) -> float:
    """Seconds that otter takes for a submission; it must get all points."""
    path = folder / lesson.notebook
    path.write_text(json.dumps(submission(lesson, number)))
    began = perf_counter()
    words = ["run", path.name, "-a", "autograder.zip", "--no-logo"]
    _run([str(environment() / "otter"), *words], folder)
    seconds = perf_counter() - began
    tests = json.loads((folder / "results.json").read_text())["tests"]
    scores = {one["name"]: one.get("score") for one in tests if one.get("name") in lesson.exercises}
    if scores != lesson.exercises:
        wrong = [name for name, points in lesson.exercises.items() if scores.get(name) != points]
        raise NotMeasured(f"otter gives a right submission no points for {', '.join(wrong)}")
    return seconds


@measures(("grade_otter_s", "s", None), ("grade_vs_otter", "x", 0.083))
def grade_vs_otter() -> list[Measurement]:
    """Ours, one worker, for one more submission, to `otter run` of one."""
    environment()
    lesson = demo.read()
    with tempfile.TemporaryDirectory(prefix="otter-") as name:
        folder = Path(name)
        autograder(lesson, folder)
        turns = [(bench_grading.ours()[0], grade(lesson, folder, n)) for n in range(TIMES)]
    mine, theirs = median(one for one, _ in turns), median(one for _, one in turns)
    note = "less is faster; 12 times is 0.083"
    return [
        Measurement("grade_otter_s", theirs, "s"),
        Measurement("grade_vs_otter", mine / theirs, "x", 0.083, note),
    ]
