"""An instructor's notebook, edited in Jupyter, back into the lesson it came from.

Cells are matched by id, so that what a notebook does not hold (the facts that a cell teaches, the
files behind quiz and exam cells) is kept. Outputs are dropped. The lesson is written only when the
result keeps all rules.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools import expand, lesson
from tools.lesson import Cell, LessonError


def into_lesson(notebook: Path, root: Path) -> Path:
    """Rewrite the lesson behind `notebook` and return the lesson's path."""
    path = lesson_of(notebook, root)
    edited = _read(notebook)
    cells = lesson.read(path, root)
    merged = merge(edited, cells, path.parent)
    text = to_text(merged)
    lesson.check(lesson.parse(text, path.relative_to(root).as_posix()))
    path.write_text(text, encoding="utf-8")
    return path


def lesson_of(notebook: Path, root: Path) -> Path:
    """lessons/NN_topic/topic.py for source/NN_topic/topic.ipynb."""
    path = root / "lessons" / notebook.resolve().parent.name / f"{notebook.stem}.py"
    if not path.exists():
        raise LessonError(
            f"{notebook}: no lesson {path.relative_to(root)} behind it; name a source"
        )
    return path


def _read(notebook: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(notebook, as_version=4)
    except FileNotFoundError:
        raise LessonError(f"{notebook}: no such notebook; give a path below source/") from None
    except nbformat.reader.NotJSONError:
        raise LessonError(
            f"{notebook}: is not a notebook (not JSON); restore it with git"
        ) from None


def merge(
    edited: nbformat.NotebookNode, cells: list[Cell], folder: Path
) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, source, markers) of each cell of the edited notebook, quiz and exam cells folded."""
    old = _by_id(cells, folder)
    merged: list[tuple[str, str, dict[str, Any]]] = []
    for node in edited.cells:
        before = old.get(node.id)
        if before and before[0].role in lesson.MADE:
            _refuse_edited_cell(node, before[1], before[0])
            folded = before[0]
            if not merged or merged[-1][2].get(str(folded.role)) != folded.name:
                merged.append((folded.kind, folded.source, folded.markers | folded.layout))
            continue
        kept = _kept(before[0]) if before else {}
        marks = expand.marker_of(node)
        source = node.source.removeprefix(f"{expand.help_line(str(marks.get('check')))}\n")
        merged.append((node.cell_type, source, marks | kept))
    return merged


def _kept(cell: Cell) -> dict[str, Any]:
    """What a notebook does not hold of a lesson's cell."""
    return {k: v for k, v in cell.markers.items() if k in lesson.KEPT} | cell.layout


def _by_id(cells: list[Cell], folder: Path) -> dict[str, tuple[Cell, str]]:
    """Cell id -> (the lesson's cell, the source that the build gives it)."""
    made = {}
    number = 0
    for cell in cells:
        for node in expand.notebook([cell], folder).cells:
            number += 1
            key = node.id if "nbgrader" in node.metadata else f"cell-{number:02d}"
            made[key] = (cell, node.source)
    return made


def _refuse_edited_cell(node: nbformat.NotebookNode, built: str, cell: Cell) -> None:
    if node.source != built:
        raise LessonError(
            f"{cell.file}: cell {node.id} is made from {cell.name}; edit that file instead"
        )


def to_text(cells: list[tuple[str, str, dict[str, Any]]]) -> str:
    """The py:percent text of the cells."""
    nodes = []
    for kind, source, markers in cells:
        make = new_code_cell if kind == "code" else new_markdown_cell
        nodes.append(make(source=source, metadata=markers))
    filters = {"notebook_metadata_filter": "-all", "cell_metadata_filter": "all"}
    notebook = new_notebook(cells=nodes, metadata={"jupytext": filters})
    return str(jupytext.writes(notebook, fmt="py:percent"))
