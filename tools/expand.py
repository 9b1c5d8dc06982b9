"""From a lesson's cells to an nbgrader notebook (metadata schema 3), the same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import exam, quiz
from tools.lesson import Cell, grade_id

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# role -> nbgrader's solution, grade, locked
FLAGS = {
    "fixed": (False, False, True),
    "answer": (True, False, False),
    "check": (False, True, True),
}


def notebook(cells: list[Cell], folder: Path) -> nbformat.NotebookNode:
    """The instructor's notebook of a lesson; its quiz and items are found from `folder`."""
    flat = list(_flat(cells, folder))
    metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    made = [_cell(cell, number) for number, cell in enumerate(flat, start=1)]
    return new_notebook(cells=made, metadata=metadata)


def text(node: nbformat.NotebookNode) -> str:
    """The canonical text of a notebook."""
    nbformat.validate(node)
    return str(nbformat.writes(node, version=4)) + "\n"


def _flat(cells: list[Cell], folder: Path) -> Iterable[Cell]:
    for cell in cells:
        if cell.role == "quiz":
            yield from quiz.expand(cell, folder / str(cell.name))
        elif cell.role == "exam":
            yield from exam.expand(cell, folder / str(cell.name))
        elif cell.role == "check":
            yield replace(cell, source=f"{help_line(str(cell.name))}\n{cell.source}")
        else:
            yield cell


def help_line(exercise: str) -> str:
    """The first line of a check: what an exercise is called, and where its hints are."""
    return f"# Stuck? In a cell of your own: from course.study import hint; hint({exercise!r})"


def _cell(cell: Cell, number: int) -> nbformat.NotebookNode:
    make = new_code_cell if cell.kind == "code" else new_markdown_cell
    if not cell.role:
        return make(source=cell.source, id=f"cell-{number:02d}")
    return make(source=cell.source, id=grade_id(cell), metadata={"nbgrader": _metadata(cell)})


def _metadata(cell: Cell) -> dict[str, Any]:
    solution, grade, locked = FLAGS[str(cell.role)]
    metadata = {
        "schema_version": 3,
        "grade_id": grade_id(cell),
        "solution": solution,
        "grade": grade,
        "locked": locked,
        "task": False,
    }
    if grade:
        metadata["points"] = cell.markers["points"]
    return metadata


def marker_of(node: nbformat.NotebookNode) -> dict[str, Any]:
    """The markers that `_metadata` was made from: the way back, for `pull`."""
    made = node.metadata.get("nbgrader")
    if not made:
        return {}
    flags = (made["solution"], made["grade"], made["locked"])
    role = next((role for role, known in FLAGS.items() if known == flags), None)
    name = made["grade_id"]
    if role == "check":
        return {"check": re.sub("_check$", "", name), "points": made["points"]}
    return {role: name} if role else {}
