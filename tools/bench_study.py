"""How long a student waits: for the first lesson to open, and for a check."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from course.study import exercises, judging
from course.study.lab import first_notebook
from tools.measuring import Measurement, NotMeasured, measures

ROOT = Path(__file__).resolve().parent.parent
LESSON = "01_cloudwatch"
TIMES = 5


@measures(("check_s", "s", 1.5))
def check() -> list[Measurement]:
    """The first exercise of lesson 01 with its reference answer, hidden tests and all.

    From reading the saved notebook to the verdict, in a process that is warm. Nothing is recorded.
    """
    judge = judging.Judge()
    try:
        with tempfile.TemporaryDirectory() as folder:
            notebook = _solved(Path(folder))
            _once(judge, notebook)  # waits until the process is warm
            taken = [_once(judge, notebook) for _ in range(TIMES)]
    finally:
        judge.close()
    return [Measurement("check_s", median(taken), "s", 1.5)]


def _solved(folder: Path) -> Path:
    """The instructor's notebook, which holds the reference answers."""
    [source] = (ROOT / "source" / LESSON).glob("*.ipynb")
    return Path(shutil.copy(source, folder))


def _once(judge: judging.Judge, notebook: Path) -> float:
    began = perf_counter()
    exercise = exercises.of_lesson(ROOT, LESSON)[0]
    answer = exercises.answer(exercise.name, notebook)
    verdict = judge.judge(exercise.fixed, answer, exercise.check)
    seconds = perf_counter() - began
    if not verdict.passed:
        raise NotMeasured(f"the reference answer of {exercise.name} fails: {verdict.said}")
    return seconds


@measures(("lab_to_first_cell_s", "s", 20))
def lab_to_first_cell() -> list[Measurement]:
    """From `make lab` on an installed tree to the set-up cell of lesson 01 done, in a browser."""
    try:
        from tests.browser import lab
    except ImportError as error:
        raise NotMeasured(f"{error.name} drives the browser, and is not installed") from None
    if lab.CHROMIUM is None:
        raise NotMeasured("needs Chromium (Debian: apt-get install chromium)")
    taken = median(_opened(lab) for _ in range(TIMES))
    return [Measurement("lab_to_first_cell_s", taken, "s", 20)]


def _opened(lab: Any) -> float:
    """In a folder where nobody has worked yet."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(ROOT / "release", folder / "release")
        began = perf_counter()
        with lab.jupyterlab(folder, lab.by_make) as server, server.lab() as page:
            page.open(first_notebook(folder))
            page.run_first()
            return perf_counter() - began
