"""What a student tried: every check, hint and solution, in the same file as the exams.

Each step is one short transaction. Two notebooks at once wait for each other, a process that is
killed leaves the step before it, and a disk that is full refuses one step and spoils none.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from course.errors import UserError
from course.study import records

TABLES = """
create table if not exists attempt (
  id integer primary key, lesson text not null, exercise text not null, at real not null,
  outcome text not null, points real not null, maximum real not null, seed text,
  seconds real not null
);
create table if not exists help (
  id integer primary key, lesson text not null, exercise text not null, at real not null,
  kind text not null, seconds real not null
);
"""
STEPS = "select lesson, at from attempt union all select lesson, at from help"
# Who comes back later than this was away; minutes of thought are shorter.
LONGEST_THOUGHT = 15 * 60
RIGHT, NOT_YET, ERROR, BLANK = "right", "not yet", "error", "not attempted"


@dataclass(frozen=True)
class Attempt:
    """One check. seconds: since the step before it in this lesson, LONGEST_THOUGHT at most."""

    lesson: str
    exercise: str
    at: float
    outcome: str
    points: float
    maximum: float
    seed: str | None
    seconds: float


@dataclass(frozen=True)
class Helped:
    """One hint or solution that was shown."""

    lesson: str
    exercise: str
    at: float
    kind: str
    seconds: float


class Attempts:
    """The part of the records that is about exercises. begun: when this session began, if known."""

    def __init__(self, path: Path, begun: float | None = None) -> None:
        self.path, self.begun = path, begun

    def add(
        self,
        lesson: str,
        exercise: str,
        now: float,
        outcome: str,
        points: float,
        maximum: float,
        seed: str | None = None,
    ) -> None:
        """Keep a check."""
        with self._open() as file:
            row = (lesson, exercise, now, outcome, points, maximum, seed)
            seconds = self._since(file, lesson, now)
            file.execute(
                "insert into attempt (lesson, exercise, at, outcome, points, maximum, seed,"
                " seconds) values (?,?,?,?,?,?,?,?)",
                (*row, seconds),
            )

    def help(self, lesson: str, exercise: str, now: float, kind: str) -> None:
        """Keep that a hint or a solution was shown."""
        with self._open() as file:
            seconds = self._since(file, lesson, now)
            file.execute(
                "insert into help (lesson, exercise, at, kind, seconds) values (?,?,?,?,?)",
                (lesson, exercise, now, kind, seconds),
            )

    def _since(self, file: sqlite3.Connection, lesson: str, now: float) -> float:
        query = f"select max(at) from ({STEPS}) where lesson = ? and at <= ?"
        (last,) = file.execute(query, (lesson, now)).fetchone()
        known = [moment for moment in (last, self.begun) if moment is not None and moment <= now]
        passed = now - max(known) if known else 0.0
        return passed if passed <= LONGEST_THOUGHT else 0.0

    def all(self) -> list[Attempt]:
        """Every check, the oldest first."""
        columns = "lesson, exercise, at, outcome, points, maximum, seed, seconds"
        with self._open() as file:
            return [Attempt(*r) for r in file.execute(f"select {columns} from attempt order by id")]

    def helped(self) -> list[Helped]:
        """Every hint and solution, the oldest first."""
        columns = "lesson, exercise, at, kind, seconds"
        with self._open() as file:
            return [Helped(*row) for row in file.execute(f"select {columns} from help order by id")]

    def hints(self, lesson: str, exercise: str) -> int:
        """How many hints were shown."""
        return sum(
            (h.lesson, h.exercise, h.kind) == (lesson, exercise, "hint") for h in self.helped()
        )

    def tried(self, lesson: str, exercise: str) -> int:
        """How often something was handed in for a check."""
        mine = [a for a in self.all() if (a.lesson, a.exercise) == (lesson, exercise)]
        return sum(attempt.outcome != BLANK for attempt in mine)

    def _open(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        return records.opened(self.path, TABLES)


def export(path: Path, to: Path) -> None:
    """Write everything that is kept, exams and cards included, as JSON."""
    made = {name: _rows(path, name) for name in ("sitting", "answer", "card", "setting")}
    kept = Attempts(path)
    steps = {
        "attempt": [asdict(each) for each in kept.all()],
        "help": [asdict(each) for each in kept.helped()],
    }
    try:
        to.write_text(json.dumps(made | steps, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except OSError as error:
        raise UserError(f"{to}: {error.strerror}; name a file that can be written") from None


def _rows(path: Path, table: str) -> list[dict[str, Any]]:
    with records.opened(path, records.TABLES) as file:
        found = file.execute(f"select * from {table}")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]


def delete(path: Path) -> None:
    """Delete everything that is kept: exams and cards as well."""
    for name in (path, *(Path(f"{path}{end}") for end in ("-journal", "-wal", "-shm"))):
        try:
            name.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"{name}: {error.strerror}; delete it by hand") from None
