"""A class graded in one go, attackers between honest students: what each gets, and what changes.

Rows whose point is the gradebook, the course's folder, other students or the batch itself.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from course.grading import classroom
from course.grading.report import ClassReport
from course.grading.sandbox import bubblewrap
from tests.hostile import forgeries
from tests.hostile.hostile import FIRST, LESSON, MAXIMUM, attacking, blank, cell_of, honest
from tools import demo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("hostile-batch"),
    pytest.mark.skipif(bubblewrap.why_not() is not None, reason="needs a sandbox"),
]
QUIZ = LESSON.exercises["quiz"]


def damaging(folder: Path) -> str:
    """16, 33 to 42, 88, 89: solutions read; gradebook, source, configuration and others' work
    written over; the grader killed; a daemon left that tries again."""
    return f"""
import glob, json, os, pathlib, shutil, signal, sqlite3, sys, time

course = pathlib.Path({str(folder)!r})

def attack():
    try:
        book = sqlite3.connect(course / "gradebook.db")
        book.execute("UPDATE grade SET extra_credit = 500")
        book.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error:
        pass
    for name in ("gradebook.db", "nbgrader_config.py", "students.csv"):
        try:
            (course / name).write_text("raise SystemExit")
        except OSError:
            pass
    for step in ("source", "submitted", "release", "autograded", "build"):
        shutil.rmtree(course / step, ignore_errors=True)
    home = pathlib.Path(os.path.expanduser("~/.ipython/profile_default/startup"))
    home.mkdir(parents=True, exist_ok=True)
    (home / "00.py").write_text("import os; os._exit(7)")

for path in [*course.glob("source/**/*.ipynb"), *pathlib.Path("../../../source").glob("*/*")]:
    for cell in json.loads(path.read_text())["cells"]:
        exec("".join(cell["source"]))
attack()
for pid in (os.getppid(), -1):
    try:
        os.kill(pid, signal.SIGTERM if pid == -1 else signal.SIGKILL)
    except OSError:
        pass
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            time.sleep(1)
            attack()
    os._exit(0)
"""


SCRIPT = "<script>alert(7)</script><img src=x onerror=alert(7)>"


def scripted() -> Any:
    """71: scripts in a student's own cells and outputs."""
    nb = honest()
    nb.cells.append({"cell_type": "markdown", "source": SCRIPT, "metadata": {}, "id": "own-1"})
    code = f"from IPython.display import HTML, display\ndisplay(HTML({SCRIPT!r}))"
    nb.cells.append({"cell_type": "code", "source": code, "metadata": {}, "id": "own-2"})
    nb.cells[-1] |= {"outputs": [], "execution_count": None}
    return nb


def copied() -> Any:
    """21, 24, 25: what makes nbgrader drop the rest of the class."""
    nb = honest()
    check = cell_of(nb, "alarm_state_check")
    twin = copy.deepcopy(check)
    twin.metadata.nbgrader.schema_version = 2
    nb.cells += [twin, copy.deepcopy(check)]
    return nb


def put(folder: Path, student: str, submission: Any) -> Path:
    path = folder / "submitted" / student / LESSON.name / LESSON.notebook
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(submission if isinstance(submission, str) else json.dumps(submission))
    return path


def linked_notebook(folder: Path) -> None:
    """72"""
    path = put(folder, "linked_notebook", "")
    path.unlink()
    path.symlink_to(folder / "source" / LESSON.name / LESSON.notebook)


def linked_file(folder: Path) -> None:
    """73"""
    path = put(folder, "linked_file", blank())
    (path.parent / "data.txt").symlink_to(folder / "gradebook.db")


def shadowing(folder: Path) -> None:
    """74"""
    package = put(folder, "shadowing", blank()).parent / "numpy"
    package.mkdir()
    (package / "__init__.py").write_text("testing = None")


WRITERS: dict[str, Callable[[Path], object]] = {
    "alice": lambda folder: put(folder, "alice", honest()),
    "copied": lambda folder: put(folder, "copied", copied()),
    "damaging": lambda folder: put(folder, "damaging", attacking(damaging(folder))),
    "forger": lambda folder: put(folder, "forger", attacking(forgeries.DO_EXECUTE)),
    "linked_file": linked_file,
    "linked_notebook": linked_notebook,
    "no_json": lambda folder: put(folder, "no_json", "{"),
    "scripted": lambda folder: put(folder, "scripted", scripted()),
    "shadowing": shadowing,
    "zoe": lambda folder: put(folder, "zoe", honest()),
}
REFUSED = {
    "linked_file": "data.txt is a link; hand in the file itself",
    "linked_notebook": f"{LESSON.notebook} is a link; hand in the file itself",
    "no_json": "is not JSON (line 1); save it again from JupyterLab",
    "shadowing": "numpy would be imported in the place of the module numpy; rename it",
}


@dataclass
class Class:
    folder: Path
    report: ClassReport
    before: dict[str, str]


def hashes(folder: Path) -> dict[str, str]:
    """All that grading does not write."""
    written = {"autograded", "feedback", "build", "gradebook.db"}
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.relative_to(folder).parts[0] not in written and not path.is_symlink()
    }


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Class]:
    folder = tmp_path_factory.mktemp("hostile")
    for step in ("source", "release"):
        shutil.copytree(demo.ROOT / step / LESSON.name, folder / step / LESSON.name)
    shutil.copyfile(demo.ROOT / classroom.CONFIG, folder / classroom.CONFIG)
    with (folder / classroom.CONFIG).open("a") as config:
        # One check shares its kernel with the answers, as some of other lessons do.
        config.write(f"\nc.CollectedExecute.together = [{FIRST!r}]\n")
    (folder / "students.csv").write_text("id\n" + "\n".join(WRITERS) + "\n")
    for write in WRITERS.values():
        write(folder)
    before = hashes(folder)
    report = classroom.grade(LESSON.name, folder, options=classroom.Options(jobs=1))
    yield Class(folder, report, before)


def test_the_honest_get_what_they_earned(graded: Class) -> None:
    for student in ("alice", "zoe", "scripted", "copied"):
        assert graded.report.row(student).total == MAXIMUM, student
    for student in ("alice", "zoe"):
        assert graded.report.row(student).flags == []


def test_everybody_has_a_row(graded: Class) -> None:
    assert [row.student for row in graded.report.rows] == list(WRITERS)
    for student, why in REFUSED.items():
        row = graded.report.row(student)
        assert (row.state, row.total) == ("refused", 0)
        assert str(row.problem).endswith(why)


def test_nothing_of_the_course_is_changed(graded: Class) -> None:
    assert graded.report.row("damaging").total == 0
    assert hashes(graded.folder) == graded.before


def test_nobody_wrote_into_the_gradebook(graded: Class) -> None:
    with sqlite3.connect(graded.folder / "gradebook.db") as book:
        assert book.execute("SELECT count(*) FROM grade WHERE extra_credit > 0").fetchone() == (0,)
        assert book.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_forger_waits_for_a_person(graded: Class) -> None:
    row = graded.report.row("forger")
    # What is forged is the points of the one check that shares its kernel.
    assert row.total == LESSON.exercises[FIRST]
    assert any(flag.startswith("held: ") for flag in row.flags)
    assert any(flag.startswith("needs a look: ") for flag in row.flags)
    with sqlite3.connect(graded.folder / "gradebook.db") as book:
        sure = "SELECT count(*) FROM grade WHERE auto_score > 0 AND NOT needs_manual_grade"
        # Those of alice, copied, scripted and zoe.
        assert book.execute(sure).fetchone() == (4 * len(LESSON.exercises),)


def test_no_page_runs_a_script_or_shows_hidden_tests(graded: Class) -> None:
    pages = sorted(graded.folder.glob("feedback/*/*/*.html"))
    assert len(pages) == len(WRITERS) - len(REFUSED)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<script>alert(7)" not in text and 'onerror="' not in text
        assert "from course.incidents.seeds import hidden_seed" not in text


def test_32_a_hand_in_that_kills_its_kernel_keeps_no_older_score(graded: Class) -> None:
    folder = graded.folder
    path = put(folder, "alice", attacking("import os\nos._exit(0)"))
    os.utime(path)
    options = classroom.Options(jobs=1)
    again = classroom.grade(LESSON.name, folder, only="alice", options=options)
    assert again.row("alice").total == 0
    with sqlite3.connect(folder / "gradebook.db") as book:
        assert book.execute(ALICE).fetchone() == (0,)


ALICE = """
SELECT total(auto_score) FROM grade
JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id
JOIN submitted_assignment ON submitted_notebook.assignment_id = submitted_assignment.id
WHERE submitted_assignment.student_id = 'alice'
"""
