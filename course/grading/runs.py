"""What running one notebook needs (`Job`), what came of it (`Run`), and where runs are kept.

A job is everything that decides a run and nothing else, so its key, a hash of all that, names the
run: the same notebook with the same tests, files, packages and limits is run once, whoever asks.
Both are plain JSON: jobs go to other processes and machines as text, runs come back as text, and
nothing that a submission made is ever unpickled.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course.grading import environment
from course.grading.environment import sha256
from course.grading.sandbox.limits import Limits

# What a run may need of the grader's environment.
SEED = "COURSE_SEED"
# Written by the exchange for nbgrader; none of a notebook's business, and new at each hand-in.
NOT_COPIED = ("timestamp.txt", "submission_secret.txt")


class BadText(Exception):
    """A text that is no run or no job."""


# A check in a kernel of its own, and one in the kernel of the answers.
APART, TEST = "apart", "test"
CHECKS = (APART, TEST)


@dataclass(frozen=True)
class Cell:
    """A code cell. role: "locked", "answer", "apart", "test", or "own" for all that nbgrader marks
    not."""

    name: str
    role: str
    source: str


@dataclass(frozen=True)
class Job:
    """One notebook to run: its code cells in order, and all that its run depends on.

    files: path in the working folder -> content. seed: COURSE_SEED, or None. environment: of
    whoever asks; another machine refuses a job for an environment that it has not.
    """

    cells: tuple[Cell, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    sandboxed: bool = True
    seed: str | None = None
    environment: str = field(default_factory=environment.current)

    @functools.cached_property
    def key(self) -> str:
        """Names the run; holds the seed only through the hash."""
        parts = {
            "cells": [asdict(cell) for cell in self.cells],
            "files": {name: sha256(content) for name, content in self.files.items()},
            "limits": asdict(self.limits),
            "sandboxed": self.sandboxed,
            "seed": sha256((self.seed or "").encode()),
            "environment": self.environment,
        }
        return sha256(json.dumps(parts, sort_keys=True).encode())

    def encode(self) -> str:
        plain = {
            "cells": [asdict(cell) for cell in self.cells],
            "files": {name: base64.b64encode(raw).decode() for name, raw in self.files.items()},
            "limits": asdict(self.limits),
            "sandboxed": self.sandboxed,
            "seed": self.seed,
            "environment": self.environment,
        }
        return json.dumps(plain)

    @classmethod
    def decode(cls, text: str) -> Job:
        read = json.loads(text)
        return cls(
            cells=tuple(Cell(**cell) for cell in read["cells"]),
            files={name: base64.b64decode(raw) for name, raw in read["files"].items()},
            limits=Limits(**read["limits"]),
            sandboxed=read["sandboxed"],
            seed=read["seed"],
            environment=read["environment"],
        )


@dataclass
class CellRun:
    """What one code cell gave. count: None when it was not run. outputs: as nbformat 4 has them."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    count: int | None = None
    seconds: float = 0.0


@dataclass
class Run:
    """What came of a job, cell for cell.

    flags: what a grader should know, in words. environment: as in the job. lost: the machinery
    failed, not the submission; such a run is made again when there is a chance.
    """

    key: str
    cells: list[CellRun]
    flags: list[str] = field(default_factory=list)
    environment: str = ""
    sandboxed: bool = True
    seconds: float = 0.0
    lost: bool = False

    def encode(self) -> str:
        """JSON with its own hash in front, by which `decode` knows a damaged text."""
        text = json.dumps(asdict(self), allow_nan=False)
        return f"{sha256(text.encode())}\n{text}"

    @classmethod
    def decode(cls, text: str) -> Run:
        """The run in a text; BadText for anything else."""
        digest, _, body = text.partition("\n")
        if sha256(body.encode("utf-8", "replace")) != digest:
            raise BadText("damaged")
        try:
            read = json.loads(body)
            cells = [CellRun(**cell) for cell in read.pop("cells")]
            return cls(cells=cells, **read)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BadText(f"no run: {error}") from None


class Store:
    """Runs as files named by their keys; a file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def load(self, key: str) -> Run | None:
        """The run of that key; None when there is none, or its file is damaged."""
        try:
            run = Run.decode(self.path(key).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, BadText):
            return None
        return run if run.key == key else None

    def save(self, run: Run) -> None:
        write_whole(self.path(run.key), run.encode())


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever looks, even after a power cut, sees all of it or the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
