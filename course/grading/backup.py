"""Copies of the gradebook before and after a class is graded, by SQLite's own backup.

A plain copy of a database that somebody writes to may be half of two states; the backup is one.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from course.errors import UserError

KEPT = 10


def make(database: Path, folder: Path, moment: str) -> Path | None:
    """Back up a database into a folder; the last KEPT stay. None when there is no database yet.

    moment: "before" or "after". Raises UserError when the database cannot be read.
    """
    if not database.exists():
        return None
    folder.mkdir(parents=True, exist_ok=True)
    # To the microsecond, so that names order as the backups were made.
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    path = folder / f"{database.stem}-{stamp}-{moment}{database.suffix}"
    part = path.with_suffix(".part")
    try:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy)
    except sqlite3.DatabaseError as error:
        part.unlink(missing_ok=True)
        raise UserError(f"{database.name} cannot be backed up: {error}") from error
    os.replace(part, path)
    _thin_out(folder, database)
    return path


def _thin_out(folder: Path, database: Path) -> None:
    made = sorted(folder.glob(f"{database.stem}-*{database.suffix}"))
    for path in made[:-KEPT]:
        path.unlink()
