"""What a student did, in one local SQLite file: exams begun, letters given, cards to review.

Every answer is one transaction, so that a crash loses at most the one that was being typed. The
file lies in the folder that the system keeps for a user's data, or where COURSE_PROGRESS says.
Nothing of it leaves the machine; deleting the file deletes everything.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from course.errors import UserError

TABLES = """
create table if not exists sitting (
  id integer primary key, seed text not null, length text not null, minutes integer not null,
  form text not null, started real not null, finished real
);
create table if not exists answer (
  sitting integer not null references sitting, item text not null,
  letters text not null default '', flagged integer not null default 0,
  primary key (sitting, item)
);
create table if not exists card (item text primary key, due real not null, state text not null);
create table if not exists setting (name text primary key, value text not null);
"""
BUSY_SECONDS = 10  # two terminals at once wait for each other this long


@dataclass(frozen=True)
class Begun:
    """One sitting as it is stored; times are epoch seconds. `form` tells forms apart."""

    id: int
    seed: str
    length: str
    minutes: int
    form: str
    started: float
    finished: float | None

    @property
    def ends(self) -> float:
        return self.started + 60 * self.minutes


def default_path() -> Path:
    """Where this user's records lie."""
    named = os.environ.get("COURSE_PROGRESS")
    folder = platformdirs.user_data_path("aws-troubleshooting-course", appauthor=False)
    return Path(named) if named else folder / "progress.sqlite"


@contextlib.contextmanager
def opened(path: Path, tables: str) -> Iterator[sqlite3.Connection]:
    """The file with these tables, for one transaction. Raises UserError when it cannot be had."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            with connection:
                connection.executescript(tables)
                yield connection
        finally:
            connection.close()
    except (OSError, sqlite3.Error) as error:
        raise UserError(
            f"{path}: {error}; put it right, or name another file in COURSE_PROGRESS"
        ) from None


class Records:
    """The file, opened for each step and closed again."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _open(self) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        return opened(self.path, TABLES)

    # --- sittings ---

    def begin(self, seed: str, length: str, minutes: int, form: str, now: float) -> Begun:
        with self._open() as file:
            row = (seed, length, minutes, form, now)
            made = file.execute(
                "insert into sitting (seed, length, minutes, form, started) values (?,?,?,?,?)", row
            )
            return Begun(made.lastrowid or 0, *row, finished=None)

    def sittings(self) -> list[Begun]:
        """All sittings, the oldest first."""
        with self._open() as file:
            columns = "id, seed, length, minutes, form, started, finished"
            return [
                Begun(*row) for row in file.execute(f"select {columns} from sitting order by 1")
            ]

    def finish(self, sitting: int, now: float) -> None:
        with self._open() as file:
            file.execute("update sitting set finished = ? where id = ?", (now, sitting))

    def answer(self, sitting: int, item: str, letters: str) -> None:
        self._put(sitting, item, "letters", letters)

    def flag(self, sitting: int, item: str, flagged: bool) -> None:
        self._put(sitting, item, "flagged", int(flagged))

    def _put(self, sitting: int, item: str, column: str, value: str | int) -> None:
        with self._open() as file:
            file.execute(
                f"insert into answer (sitting, item, {column}) values (?,?,?) "
                f"on conflict (sitting, item) do update set {column} = excluded.{column}",
                (sitting, item, value),
            )

    def answers(self, sitting: int) -> dict[str, str]:
        """Item -> letters of the form, of every question that was answered."""
        query = "select item, letters from answer where sitting = ? and letters <> ''"
        with self._open() as file:
            return dict(file.execute(query, (sitting,)).fetchall())

    def flagged(self, sitting: int) -> set[str]:
        with self._open() as file:
            query = "select item from answer where sitting = ? and flagged"
            return {item for (item,) in file.execute(query, (sitting,))}

    # --- cards ---

    def cards(self) -> dict[str, tuple[float, str]]:
        """Item -> when it is due and the scheduler's state, the earliest first."""
        with self._open() as file:
            rows = file.execute("select item, due, state from card order by due, item")
            return {item: (due, state) for item, due, state in rows}

    def put_card(self, item: str, due: float, state: str) -> None:
        with self._open() as file:
            file.execute("insert or replace into card values (?,?,?)", (item, due, state))

    def setting(self, name: str) -> str | None:
        with self._open() as file:
            row = file.execute("select value from setting where name = ?", (name,)).fetchone()
            return row[0] if row else None

    def set(self, name: str, value: str) -> None:
        with self._open() as file:
            file.execute("insert or replace into setting values (?,?)", (name, value))
