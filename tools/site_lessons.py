"""Pages of the lessons, from the students' notebooks: what a student sees before any answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

OPEN = """\
!!! note "This page is for reading"

    Open the lesson with `make lab` to run it: pictures and tables appear below the cells, and the
    checks judge your answers. [How to begin](../student.md)

"""
ANSWER = "**Your answer goes here** (`{}`):"
CHECK = "Check of `{}` ({} points): what is tested in the open"
# Between two call-outs: without it Python-Markdown makes one of them.
_CALL_OUTS = re.compile(r"(^>[^\n]*\n)\n(?=>)", re.M)


def pages(release: Path) -> Iterator[tuple[str, str]]:
    """(folder, page) of every lesson, in order."""
    for path in sorted(release.glob("*/*.ipynb")):
        yield path.parent.name, page(nbformat.read(path, as_version=4).cells)


def page(cells: list[Any]) -> str:
    """A lesson as Markdown; the note on how to open it stands below the title."""
    parts = [_markdown(cell) if cell.cell_type == "markdown" else _code(cell) for cell in cells]
    title, rest = parts[0].split("\n", 1)
    return "\n\n".join([title, OPEN + rest.strip(), *parts[1:]]) + "\n"


def _markdown(cell: Any) -> str:
    text = _CALL_OUTS.sub(r"\1\n<!-- -->\n\n", cell.source.strip())
    return text.replace("<details>", '<details markdown="1">')


def _code(cell: Any) -> str:
    block = f"```python\n{cell.source.strip()}\n```"
    graded = cell.metadata.get("nbgrader", {})
    if graded.get("solution"):
        return f"{ANSWER.format(graded['grade_id'])}\n\n{block}"
    if graded.get("grade"):
        name, points = graded["grade_id"].removesuffix("_check"), graded["points"]
        summary = f'??? abstract "{CHECK.format(name, points)}"'
        return f"{summary}\n\n{_indented(block)}"
    return block


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in text.splitlines())
