"""A lesson as text: cells, their markers, and the rules that a lesson must keep.

A lesson is one `lessons/NN_topic/topic.py` in jupytext's py:percent form. Markers on a cell's first
line say what nbgrader must know:

    # %% fixed="setup"                      code that everybody runs unchanged
    # %% answer="slowest"                   the student's cell, with a solution region
    # %% check="slowest" points=2 skills="4.1.S3 4.3.S9" tests="F1.2-13"
                                            its tests, visible and hidden; the skills of the exam
                                            guide that it trains, the facts that it tests
    # %% [markdown] quiz="quiz.toml" points=12     a graded quiz, made from that file
    # %% [markdown] exam="../items" points=20      the mock exam, drawn from that folder's bank
    # %% [markdown] facts="F1.1-04 F1.1-05"        what the cell teaches
    # %% [markdown] recall="F1.1-04"               a question from an earlier section, not scored

What a cell teaches, trains, tests and recalls never leaves the lesson.

Every broken rule raises `LessonError` with one line: file, cell, what is wrong, what to do.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import jupytext
import nbformat

MARKERS = ("fixed", "answer", "check", "quiz", "exam")
MADE = ("quiz", "exam")  # one cell of the text becomes several of the notebook
COVERED = ("skills", "tests")  # what a check says of its exercise
# Markers that only the lesson's text has: a notebook cannot hold them, `pull` gives them back.
KEPT = {"facts", "recall", *COVERED}
ALLOWED = {*MARKERS, *KEPT, "points"}
REGIONS = {
    "### BEGIN SOLUTION": ("answer", "SOLUTION", True),
    "### END SOLUTION": ("answer", "SOLUTION", False),
    "### BEGIN HIDDEN TESTS": ("check", "HIDDEN TESTS", True),
    "### END HIDDEN TESTS": ("check", "HIDDEN TESTS", False),
}
# nbgrader looks for its exact words anywhere in a line; anything that only resembles them stays in
# the release.
RESEMBLES_A_REGION = re.compile(
    r"(?i:#+[\W_]*(BEGIN|END)[\W_]*(SOLUTION|HIDDEN|TEST|ANSWER|MARK)|^#+.*AUTOTEST)"
    r"|\b(BEGIN|END) (SOLUTION|HIDDEN TEST|MARK SCHEME)"
)
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{1,50}")


class LessonError(Exception):
    """One broken rule of a lesson, told in one line."""


@dataclass(frozen=True)
class Cell:
    """One cell of a lesson: `number` counts from 1, `markers` holds the first line's options.

    `layout` is jupytext's note of the blank lines behind the cell; `pull` gives it back.
    """

    file: str
    number: int
    kind: str
    source: str
    markers: dict[str, Any] = field(default_factory=dict)
    layout: dict[str, Any] = field(default_factory=dict)

    @property
    def role(self) -> str | None:
        """One of MARKERS, or None for a free cell."""
        return next((m for m in MARKERS if m in self.markers), None)

    @property
    def name(self) -> str | None:
        """The exercise (answer, check) or the grade id (fixed) that the marker names."""
        return str(self.markers[self.role]) if self.role else None

    def refuse(self, what: str) -> NoReturn:
        first_line = next((line for line in self.source.splitlines() if line.strip()), "empty")
        raise LessonError(f"{self.file}, cell {self.number} ({first_line.strip()[:40]}): {what}")


def lesson_files(root: Path) -> list[Path]:
    """Every lesson below `root`/lessons, in the order of the course."""
    return sorted((root / "lessons").glob("[0-9][0-9]_*/*.py"))


def read(path: Path, root: Path) -> list[Cell]:
    """The cells of a lesson, checked against all rules."""
    name = path.relative_to(root).as_posix()
    cells = parse(path.read_text(encoding="utf-8"), name)
    check(cells)
    return cells


def parse(text: str, name: str) -> list[Cell]:
    """The cells of a lesson's text, unchecked. Jupytext's own header is not wanted in a lesson."""
    if text.startswith("# ---"):
        raise LessonError(f"{name}, line 1: a jupytext header; delete it, lessons need none")
    notebook = jupytext.reads(text, fmt="py:percent")
    return [_cell(name, number, cell) for number, cell in enumerate(notebook.cells, start=1)]


def _cell(name: str, number: int, node: nbformat.NotebookNode) -> Cell:
    layout = {k: v for k, v in node.metadata.items() if k == "lines_to_next_cell"}
    markers = {k: v for k, v in node.metadata.items() if k not in layout}
    return Cell(name, number, node.cell_type, node.source, markers, layout)


def check(cells: list[Cell]) -> None:
    """Refuse a lesson that nbgrader would turn into something else than its author meant."""
    for cell in cells:
        _check_markers(cell)
        _check_regions(cell)
        if cell.kind == "code":
            _check_code(cell)
    _check_names(cells)


def _check_markers(cell: Cell) -> None:
    for marker in cell.markers:
        if marker not in ALLOWED:
            known = ", ".join(sorted(ALLOWED))
            cell.refuse(f"unknown marker {marker!r}; use one of {known}")
    roles = [m for m in MARKERS if m in cell.markers]
    if stray := [marker for marker in COVERED if marker in cell.markers and cell.role != "check"]:
        cell.refuse(f"{stray[0]!r} without a check; it belongs on the exercise's check cell")
    if len(roles) > 1:
        cell.refuse(f"both {roles[0]!r} and {roles[1]!r}; a cell has one role, split it")
    if cell.kind not in ("code", "markdown"):
        cell.refuse(f"a {cell.kind} cell; use code or [markdown]")
    wanted_kind = "markdown" if cell.role in MADE else "code"
    if cell.role and cell.kind != wanted_kind:
        cell.refuse(f"{cell.role!r} marks a {cell.kind} cell; it belongs on a {wanted_kind} cell")
    if cell.role in ("fixed", "answer", "check") and not IDENTIFIER.fullmatch(cell.name or ""):
        cell.refuse(f"{cell.name!r} is no id; use lower-case words joined by _")
    _check_points(cell)


def _check_points(cell: Cell) -> None:
    graded = cell.role in ("check", *MADE)
    points = cell.markers.get("points")
    if graded and not (isinstance(points, int) and points > 0):
        cell.refuse(f"{cell.role!r} needs points; write points=2 behind it")
    if points is not None and not graded:
        cell.refuse("points without a check; only check, quiz and exam cells are scored")


def _check_regions(cell: Cell) -> None:
    opened: str | None = None
    for line in cell.source.splitlines():
        text = line.strip()
        if text not in REGIONS:
            if RESEMBLES_A_REGION.search(text):
                close = " or ".join(REGIONS)
                cell.refuse(f"{text!r} would stay in the release; write {close}")
            continue
        role, region, begins = REGIONS[text]
        if cell.role != role:
            cell.refuse(f"{text!r} outside a cell marked {role!r}; move it or mark the cell")
        if begins and opened:
            cell.refuse(f"{text!r} inside an open region; close the first one before it")
        if not begins and opened != region:
            cell.refuse(f"{text!r} closes nothing; add ### BEGIN {region} before it")
        opened = region if begins else None
    if opened:
        cell.refuse(f"### BEGIN {opened} is never closed; add ### END {opened}")


def _check_code(cell: Cell) -> None:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError as error:
        cell.refuse(f"is not Python (line {error.lineno}: {error.msg}); lessons use no magics")
    bare = [n for n in ast.walk(tree) if isinstance(n, ast.Assert) and n.msg is None]
    if bare:
        cell.refuse(
            f"assert without a message (line {bare[0].lineno}); say what was expected, what was "
            "found, where to look"
        )
    for role, region in (("answer", "SOLUTION"), ("check", "HIDDEN TESTS")):
        if cell.role == role and f"### BEGIN {region}" not in cell.source:
            cell.refuse(f"a cell marked {role!r} without ### BEGIN {region}; add the region")


def _check_names(cells: list[Cell]) -> None:
    seen: dict[str, Cell] = {}
    for cell in cells:
        if cell.role in ("fixed", "answer", "check"):
            key = grade_id(cell)
            if key in seen:
                cell.refuse(f"id {key!r} is taken by cell {seen[key].number}; choose another")
            seen[key] = cell
    for cell in cells:
        if cell.role == "answer" and f"{cell.name}_check" not in seen:
            cell.refuse(f"an answer without a check; add a cell marked check={cell.name!r}")
        if cell.role == "check":
            answer = seen.get(str(cell.name))
            if answer is None or answer.role != "answer":
                cell.refuse(f"a check without an answer; add a cell marked answer={cell.name!r}")
            if answer.number > cell.number:
                cell.refuse("a check before its answer; move it behind the answer cell")


def grade_id(cell: Cell) -> str:
    """nbgrader's id: the marker's word; a check is told from its answer by `_check`."""
    return f"{cell.name}_check" if cell.role == "check" else str(cell.name)
