"""The audit log shows whatever is done to it later; backups are whole and few."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from course.errors import UserError
from course.grading import backup
from course.grading.audit import HEAD, LINES, Audit


def made(folder: Path) -> Audit:
    audit = Audit(folder, now=lambda: "2027-01-01T00:00:00+00:00", who=lambda: "eve@desk")
    for student, total in (("ann", 3), ("bob", 5), ("cy", 1)):
        audit.append(what="graded", student=student, total=total)
    return audit


def test_lines_follow_from_each_other(tmp_path: Path) -> None:
    audit = made(tmp_path)
    assert audit.verify() == []
    assert [entry["student"] for entry in audit.entries()] == ["ann", "bob", "cy"]
    assert audit.entries()[0]["who"] == "eve@desk"


def edit(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def apply(folder: Path) -> None:
        lines = (folder / LINES).read_text().splitlines(keepends=True)
        (folder / LINES).write_text("".join(change(lines)))

    return apply


@pytest.mark.parametrize(
    ("tamper", "line"),
    [
        (
            edit(lambda ls: [ls[0].replace('"total": 3', '"total": 6'), *ls[1:]]),
            "audit.jsonl, line 2: does not follow from the line before",
        ),
        (
            edit(lambda ls: [ls[0], ls[2]]),
            "audit.jsonl, line 2: does not follow from the line before",
        ),
        (
            edit(lambda ls: [*ls[:2], ls[2].replace('"total": 1', '"total": 6')]),
            "audit.jsonl, line 3: is not the one that audit.head names",
        ),
        (edit(lambda ls: ls[:1]), "audit.jsonl has 1 lines, audit.head says 3"),
        (edit(lambda ls: ["{}\n", *ls]), "audit.jsonl, line 1: does not follow from"),
        (lambda folder: (folder / HEAD).unlink(), "audit.head is missing"),
        (lambda folder: (folder / LINES).unlink(), "audit.jsonl has 0 lines, audit.head says 3"),
    ],
)
def test_tampering_shows(tmp_path: Path, tamper: Callable[[Path], None], line: str) -> None:
    audit = made(tmp_path)
    tamper(tmp_path)
    assert any(problem.startswith(line) for problem in audit.verify())


def test_half_a_line_of_a_crash_is_dropped(tmp_path: Path) -> None:
    audit = made(tmp_path)
    with (tmp_path / LINES).open("a") as file:
        file.write('{"what": "gra')
    assert audit.verify() == []
    audit.append(what="graded", student="dee", total=2)
    assert audit.verify() == []
    assert len(audit.entries()) == 4


def test_a_crash_before_the_head_is_written_is_no_tampering(tmp_path: Path) -> None:
    audit = made(tmp_path)
    head = (tmp_path / HEAD).read_text()
    audit.append(what="graded", student="dee", total=2)
    (tmp_path / HEAD).write_text(head)
    assert audit.verify() == []


def test_backups_are_whole_and_the_last_ten(tmp_path: Path) -> None:
    database = tmp_path / "gradebook.db"
    assert backup.make(database, tmp_path / "backups", "before") is None
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("create table grade (score)")
        for score in range(12):
            connection.execute("insert into grade values (?)", (score,))
            connection.commit()
            last = backup.make(database, tmp_path / "backups", "after")
    kept = sorted((tmp_path / "backups").iterdir())
    assert (len(kept), kept[-1]) == (10, last)
    with closing(sqlite3.connect(kept[0])) as connection:
        assert connection.execute("select count(*) from grade").fetchone() == (3,)


def test_what_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "gradebook.db").write_text("no database" * 100)
    with pytest.raises(UserError, match="gradebook.db cannot be backed up: file is not a database"):
        backup.make(tmp_path / "gradebook.db", tmp_path / "backups", "before")
    assert list((tmp_path / "backups").iterdir()) == []
