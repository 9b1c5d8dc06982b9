"""How long a student waits for a check."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from course.study import exercises, judging
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
