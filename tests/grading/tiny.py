"""A tiny course of its own: three exercises and a lesson that nbgrader can grade in a second."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
LESSON, NOTEBOOK = "01_tiny", "tiny.ipynb"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

DOUBLE = '''\
def double(x: int) -> int:
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION'''
DOUBLE_CHECK = """\
assert double(2) == 4, "double(2) should be 4"
### BEGIN HIDDEN TESTS
secret_input = 1234
assert double(secret_input) == 2468, "a larger number went wrong"
### END HIDDEN TESTS"""
SHARE = """\
### BEGIN SOLUTION
share = 0.5
### END SOLUTION"""
SHARE_CHECK = """\
### BEGIN HIDDEN TESTS
print("The rationale: half of it.")
2 * share
### END HIDDEN TESTS"""
LAST = '''\
def last(items: list) -> object:
    """The last item."""
    ### BEGIN SOLUTION
    return items[-1]
    ### END SOLUTION'''
LAST_CHECK = """\
### BEGIN HIDDEN TESTS
assert last([3, 1, 7]) == 7, "the last of several items"
### END HIDDEN TESTS"""


def marks(grade_id: str, *, solution: bool = False, points: int | None = None) -> dict[str, Any]:
    made = {
        "schema_version": 3,
        "grade_id": grade_id,
        "solution": solution,
        "grade": points is not None,
        "locked": not solution,
        "task": False,
    }
    return {"nbgrader": made if points is None else {**made, "points": points}}


def source_notebook() -> Any:
    def code(name: str, text: str, **kind: Any) -> Any:
        return new_code_cell(text, id=name, metadata=marks(name, **kind))

    cells = [
        new_markdown_cell("# Tiny", id="cell-01"),
        code("setup", "import math"),
        code("double", DOUBLE, solution=True),
        new_code_cell("double(4)", id="cell-04"),
        code("double_check", DOUBLE_CHECK, points=2),
        code("share", SHARE, solution=True),
        code("share_check", SHARE_CHECK, points=1),
        code("last", LAST, solution=True),
        code("last_check", LAST_CHECK, points=3),
    ]
    return new_notebook(cells=cells, metadata=METADATA)


def cell(nb: Any, name: str) -> Any:
    return next(c for c in nb.cells if c.id == name)


def solved() -> Any:
    """A submission with every answer right, its other cells as released."""
    nb = released()
    answers = source_notebook()
    for name in ("double", "share", "last"):
        cell(nb, name).source = cell(answers, name).source
    return nb


def released() -> Any:
    """The release, made without nbgrader: hidden regions cut, answers blank."""
    nb = source_notebook()
    for one in nb.cells:
        lines, hidden = [], False
        for line in one.source.split("\n"):
            hidden = hidden or "### BEGIN" in line
            if not hidden:
                lines.append(line)
            elif "BEGIN SOLUTION" in line and line.startswith(" "):
                lines.append("    raise NotImplementedError('not answered yet')")
            hidden = hidden and "### END" not in line
        one.source = "\n".join(lines)
    return nb


def write(nb: Any, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not by nbformat: it would repair what a test breaks on purpose.
    path.write_text(nb if isinstance(nb, str) else json.dumps(nb), encoding="utf-8")
    return path


def make_course(folder: Path, students: list[str]) -> Path:
    write(source_notebook(), folder / "source" / LESSON / NOTEBOOK)
    write(released(), folder / "release" / LESSON / NOTEBOOK)
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    if students:
        write(
            "\n".join(["id,first_name", *(f"{s},{s.title()}" for s in students)]) + "\n",
            folder / "students.csv",
        )
    return folder


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)
