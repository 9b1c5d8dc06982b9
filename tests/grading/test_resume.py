"""Never lost: a class is graded with kills in between, and nothing finished is done twice."""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from nbgrader.api import Gradebook

from course import cli
from course.grading import classroom, flags, lessons, workers
from course.grading.audit import Audit
from course.grading.report import Row
from course.grading.runs import Store
from course.grading.sandbox import bubblewrap
from tests.grading import tiny
from tests.grading.tiny import LESSON, NOTEBOOK, cell, released, solved

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("resume")]
OPTIONS = classroom.Options(jobs=2, sandboxed=bubblewrap.why_not() is None)
TOTALS = {"ann": 6, "bob": 3, "cy": 5.5, "dee": 0}


def answers(student: str) -> Any:
    if student == "dee":
        return released()
    nb = solved()
    if student == "bob":
        cell(nb, "last").source = "def last(items):\n    return items[0]"
    if student == "cy":
        cell(nb, "share").source = "share = 0.25"
        # What older notebooks have no id for, and what stands beside it.
        nb.cells.append({"cell_type": "code", "source": "open('notes.txt').read()", "metadata": {}})
        nb.cells[-1] |= {"outputs": [], "execution_count": None}
        nb.nbformat_minor = 4
        for one in nb.cells:
            one.pop("id", None) if "nbgrader" not in one["metadata"] else None
    return nb


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiny.make_course(tmp_path, list(TOTALS))
    tiny.write("the lesson's", tmp_path / "source" / LESSON / "data.txt")
    for student in TOTALS:
        tiny.write(answers(student), tmp_path / "submitted" / student / LESSON / NOTEBOOK)
    tiny.write("mine", tmp_path / "submitted" / "cy" / LESSON / "notes.txt")
    tiny.write("2027-01-01", tmp_path / "submitted" / "cy" / LESSON / "timestamp.txt")
    return tmp_path


def command(folder: Path) -> subprocess.Popen[str]:
    sandbox = [] if OPTIONS.sandboxed else ["--no-sandbox"]
    words = [sys.executable, "-m", "course", "grade", LESSON, "--jobs", "2", *sandbox]
    return subprocess.Popen(
        [*words, "--course-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def totals(folder: Path) -> dict[str, float]:
    path = folder / "build" / "grades" / f"{LESSON}.csv"
    with path.open(encoding="utf-8") as file:
        return {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}


def files(pattern: str) -> Callable[[Path], bool]:
    return lambda folder: any(folder.glob(pattern))


MOMENTS = {
    "while the gradebook is made": files("gradebook.db"),
    "with one run made": files("build/grading/runs/*.json"),
    "while scores are written": files(f"autograded/*/{LESSON}"),
    "with one student finished": files(f"build/grading/finished/{LESSON}/*.json"),
    "while a page is written": files(f"feedback/*/{LESSON}"),
}


def stop(folder: Path, moment: Callable[[Path], bool], signum: int) -> tuple[int, str]:
    """Grade, send a signal as soon as the moment has come; the status and the errors."""
    running = command(folder)
    while not moment(folder) and running.poll() is None:
        time.sleep(0.002)
    below = psutil.Process(running.pid).children(recursive=True) if running.poll() is None else []
    running.send_signal(signum)
    errors = running.communicate()[1]
    assert psutil.wait_procs(below, timeout=60)[1] == [], "processes are left"
    return running.returncode, errors


def test_kills_at_any_moment_change_no_total(folder: Path) -> None:
    for moment in MOMENTS.values():
        stop(folder, moment, signal.SIGKILL)
    last = command(folder)
    out, err = last.communicate()
    assert (last.returncode, err) == (0, "")
    assert totals(folder) == TOTALS
    assert {line.split(":")[0] for line in out.splitlines()} >= set(TOTALS)
    assert Audit(folder / classroom.GRADING).verify() == []
    for student in TOTALS:
        assert (folder / "feedback" / student / LESSON / "tiny.html").exists()


def test_ctrl_c_keeps_what_is_finished(folder: Path) -> None:
    stopped = stop(folder, MOMENTS["with one student finished"], signal.SIGINT)
    assert stopped == (1, "course: interrupted\n")
    rows = grade(folder)
    assert {student: row.total for student, row in rows.items()} == TOTALS


def grade(folder: Path, **options: Any) -> dict[str, Row]:
    given = classroom.Options(**{"jobs": 2, "sandboxed": OPTIONS.sandboxed, **options})
    report = classroom.grade(LESSON, folder, options=given)
    return {row.student: row for row in report.rows}


def written(folder: Path) -> dict[str, int]:
    """When each student's results were written."""
    names = [(step, one) for step in ("autograded", "feedback") for one in TOTALS]
    found = {f"{step}/{one}": folder / step / one / LESSON for step, one in names}
    return {name: path.stat().st_mtime_ns for name, path in found.items()}


def test_a_second_call_does_only_what_is_new(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = grade(folder)
    assert {student: row.total for student, row in rows.items()} == TOTALS
    keys = {path.stem for path in (folder / "build/grading/runs").iterdir()}
    assert len(keys) == 4, "each run was found by nbgrader's step, none made twice"
    log = Audit(folder / classroom.GRADING)
    assert [entry["student"] for entry in log.entries()] != []
    before, lines = written(folder), len(log.entries())

    with monkeypatch.context() as patch:
        # No worker is needed when nothing is new.
        patch.setattr(workers, "_Worker", None)
        again = grade(folder)
    assert {s: (r.points, r.flags) for s, r in again.items()} == {
        s: (r.points, r.flags) for s, r in rows.items()
    }
    assert written(folder) == before
    assert len(log.entries()) == lines

    # Another hand-in, points by hand, and a damaged run: three students are done again.
    tiny.write(solved(), folder / "submitted" / "dee" / LESSON / NOTEBOOK)
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        grades = gradebook.find_submission(LESSON, "bob").notebooks[0].grades
        next(one for one in grades if one.name == "last_check").manual_score = 1
        gradebook.db.commit()
    store = Store(folder / "build/grading/runs")
    (cy,) = [entry["runs"] for entry in log.entries() if entry["student"] == "cy"]
    store.path(cy[0]).write_text("damaged")
    third = grade(folder)
    assert {s: row.total for s, row in third.items()} == {**TOTALS, "bob": 4, "dee": 6}
    now = written(folder)
    changed = {name.split("/")[1] for name in now if now[name] != before[name]}
    assert changed == {"bob", "dee"}, "a run that is made again and the same changes no page"
    assert store.load(cy[0]) is not None
    assert log.verify() == []

    # A sample is run again and compared; the gradebook stays as it is, byte for byte.
    database = (folder / "gradebook.db").read_bytes()
    options = ["--course-dir", str(folder), *([] if OPTIONS.sandboxed else ["--no-sandbox"])]
    capsys.readouterr()
    assert cli.main(["grade", LESSON, "--verify", *options]) == 0
    assert sorted(capsys.readouterr().out.splitlines()) == [
        f"{student}: as in the gradebook" for student in sorted(TOTALS)
    ]
    assert (folder / "gradebook.db").read_bytes() == database
    with Gradebook(f"sqlite:///{folder}/gradebook.db") as gradebook:
        grades = gradebook.find_submission(LESSON, "ann").notebooks[0].grades
        next(one for one in grades if one.name == "last_check").auto_score = 1
        gradebook.db.commit()
    assert cli.main(["grade", LESSON, "--verify", "4", *options]) == 1
    assert capsys.readouterr().err == "course: ann: last has 1 in the gradebook, 3 now\n"
    entry = log.entries()[-1]
    assert (entry["what"], json.dumps(entry["problems"])) == (
        "verified",
        '["ann: last has 1 in the gradebook, 3 now"]',
    )


def test_formgraders_button_does_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader's own steps, with no run made ahead, in a server's loop."""
    lesson = lessons.Lesson(LESSON, folder, lessons.Settings(OPTIONS.sandboxed))
    with classroom._quiet(), classroom._commands_on_path():
        lesson.register()
        lesson.students()

        async def press() -> None:
            lesson.autograde("cy")

        asyncio.run(press())
        store = Store(folder / "build/grading/runs")
        (path,) = lesson.autograded("cy")
        key = flags.run_of(path)
        assert key == lesson.job("cy", NOTEBOOK).key
        assert key is not None and store.load(key) is not None
        monkeypatch.setattr(workers, "run_here", None)
        lesson.autograde("cy")
    assert lesson.row("cy").total == TOTALS["cy"]
    shown = tiny.read(path).cells[-1].outputs[0]
    assert shown.data["text/plain"] == "'mine'"


def test_two_at_once_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with classroom._alone(folder.resolve() / classroom.GRADING):
        assert cli.main(["grade", LESSON, "--course-dir", str(folder), "--no-sandbox"]) == 1
    line = f"course: another `course grade` is at work in {folder.resolve()}\n"
    assert capsys.readouterr().err == line
