"""Who graded what, when, with which result: a file of JSON lines that shows later changes.

Every line holds the hash of the line before, and audit.head the number of lines and the hash of
the last: a line changed, removed or put in breaks the chain, and so do lines missing at the end.
Who can write both files can write a new history: keep a copy of audit.head elsewhere.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.grading.environment import sha256
from course.grading.runs import write_whole

LINES, HEAD = "audit.jsonl", "audit.head"
START = "0" * 64


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _who() -> str:
    return f"{getpass.getuser()}@{socket.gethostname()}"


@dataclass
class Audit:
    """The log in a folder. One process writes at a time (`classroom` sees to it)."""

    folder: Path
    now: Callable[[], str] = _now
    who: Callable[[], str] = _who

    def append(self, **entry: Any) -> None:
        """Add a line; on the disk when this returns."""
        lines = self._whole_lines()
        previous = sha256(lines[-1]) if lines else START
        full = {"at": self.now(), "who": self.who(), **entry, "previous": previous}
        line = json.dumps(full, sort_keys=True).encode()
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / LINES).open("ab") as file:
            # What a crash left of a line was never told to anybody.
            file.truncate(sum(len(one) + 1 for one in lines))
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        write_whole(self.folder / HEAD, f"{len(lines) + 1} {sha256(line)}\n")

    def _whole_lines(self) -> list[bytes]:
        path = self.folder / LINES
        content = path.read_bytes() if path.exists() else b""
        return content.split(b"\n")[:-1]

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._whole_lines()]

    def verify(self) -> list[str]:
        """What is wrong with the log, a line each; empty when it is as it was written."""
        lines = self._whole_lines()
        problems, previous = [], START
        for number, line in enumerate(lines, start=1):
            if _previous(line) != previous:
                problems.append(f"{LINES}, line {number}: does not follow from the line before")
            previous = sha256(line)
        return problems + self._verify_head(lines)

    def _verify_head(self, lines: list[bytes]) -> list[str]:
        path = self.folder / HEAD
        if not path.exists():
            return [f"{HEAD} is missing"] if len(lines) > 1 else []
        count, _, digest = path.read_text(encoding="utf-8").strip().partition(" ")
        length = int(count) if count.isdecimal() else 0
        # A crash between the two files leaves the head one line behind.
        if not len(lines) - 1 <= length <= len(lines):
            return [f"{LINES} has {len(lines)} lines, {HEAD} says {count}"]
        if length and sha256(lines[length - 1]) != digest:
            return [f"{LINES}, line {length}: is not the one that {HEAD} names"]
        return []


def _previous(line: bytes) -> Any:
    try:
        read = json.loads(line)
    except ValueError:
        return None
    return read.get("previous") if isinstance(read, dict) else None
