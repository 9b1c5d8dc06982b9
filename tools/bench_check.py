"""Measures `course check`: reference answers of lesson 01 as a student's copy, to the report."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from tools import demo
from tools.bench_grading import submission
from tools.measuring import Measurement, NotMeasured, measures

ROOT = Path(__file__).resolve().parent.parent
GOAL = 15.0


@measures(("course_check_s", "s", GOAL))
def course_check() -> list[Measurement]:
    """The whole command, from its start to its end, once."""
    lesson = demo.read()
    with tempfile.TemporaryDirectory(prefix="bench-check-") as name:
        folder = Path(name)
        for step in ("source", "release", "work"):
            content = "release" if step == "work" else step
            shutil.copytree(ROOT / content / lesson.name, folder / step / lesson.name)
        shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
        (folder / "work" / lesson.name / lesson.notebook).write_text(
            json.dumps(submission(lesson, 0)), encoding="utf-8"
        )
        return [Measurement("course_check_s", _seconds(folder, lesson.name), "s", GOAL)]


def _seconds(folder: Path, lesson: str) -> float:
    command = [sys.executable, "-m", "course", "check", lesson, "--no-browser"]
    began = perf_counter()
    ran = subprocess.run([*command, f"--course-dir={folder}"], capture_output=True, text=True)
    seconds = perf_counter() - began
    if ran.returncode:
        raise NotMeasured(ran.stderr.strip() or "`course check` failed")
    return seconds
