"""Put a submission's cells right from the release, and note what was not as released.

The release decides which marked cells (locked, answer, test) exist, in which order, with which
text, tags and metadata; a student decides what stands in an answer cell, and may add cells of their
own between them. So a copied cell cannot stop a class (in nbgrader alone it does: nbgrader issue
1083), and no tag, point or metadata of a submission survives.

Left to nbgrader: the locked cells' text, hidden tests included, comes from the gradebook afterwards
(OverwriteCells).
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell
from nbgrader.preprocessors import NbGraderPreprocessor

from course.grading import flags

# What nbformat 4.5 allows.
CELL_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
NEW = {"code": new_code_cell, "markdown": new_markdown_cell, "raw": new_raw_cell}


class RepairCells(NbGraderPreprocessor):  # type: ignore[misc]
    """First sanitise step of autograding: `rebuild` from release/<lesson>/<notebook>.ipynb."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        rebuilt, notes = rebuild(nb, nbformat.read(self._release(resources), as_version=4))
        flags.add(rebuilt, *notes)
        return rebuilt, resources

    def _release(self, resources: Any) -> Path:
        # A preprocessor's parent is the exporter; the exporter's is the converter.
        coursedir = self.parent.parent.coursedir
        ids = resources["nbgrader"]
        folder = coursedir.format_path(coursedir.release_directory, ".", ids["assignment"])
        return Path(folder) / f"{ids['notebook']}.ipynb"


def rebuild(submitted: Any, release: Any) -> tuple[Any, list[str]]:
    """The submission as a notebook in the release's shape, and the notes on what differed.

    submitted, release: notebooks of nbformat 4. The submission's outputs are dropped.
    """
    marked = {name: cell for cell in release.cells if (name := grade_id(cell))}
    ids = {cell.get("id"): name for name, cell in marked.items()}
    keys = [_key(cell, marked, ids) for cell in submitted.cells]
    last = {key: position for position, key in enumerate(keys) if key}
    own = _own_cells(submitted.cells, keys, last)
    made = new_notebook(metadata=copy.deepcopy(release.metadata))
    made.cells = list(own.get(None, []))
    for name, cell in marked.items():
        theirs = submitted.cells[last[name]] if name in last else None
        made.cells += [_restored(cell, theirs), *own.get(name, [])]
    _make_ids_unique(made.cells, set(ids))
    return made, _notes(marked, submitted.cells, keys, last)


def grade_id(cell: Any) -> str | None:
    """nbgrader's id of a marked cell; None for any other, whatever its metadata looks like."""
    marks = cell.get("metadata", {}).get("nbgrader")
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else None


def _key(cell: Any, marked: dict[str, Any], ids: dict[Any, str]) -> str | None:
    # Some editors drop a cell's metadata but keep its id.
    name = grade_id(cell)
    return name if name in marked else ids.get(cell.get("id"))


def _own_cells(
    cells: list[Any], keys: list[str | None], last: dict[str, int]
) -> dict[str | None, list[Any]]:
    """The student's own cells, under the marked cell that they stand behind (None: at the top)."""
    own: dict[str | None, list[Any]] = {}
    behind: str | None = None
    for position, (cell, key) in enumerate(zip(cells, keys, strict=True)):
        if key and last[key] == position:
            behind = key
        else:
            own.setdefault(behind, []).append(_plain(cell))
    return own


def _plain(cell: Any) -> Any:
    made = NEW[cell.cell_type](source=cell.source)
    if cell.get("id"):
        made.id = cell.id
    return made


def _restored(released: Any, theirs: Any | None) -> Any:
    cell = copy.deepcopy(released)
    if theirs is not None and not is_locked(released):
        cell.source = theirs.source
    return cell


def is_locked(cell: Any) -> bool:
    """A cell whose text is not the student's: tests and set-up."""
    marks = cell.metadata.nbgrader
    return bool(marks.get("locked") or (marks.get("grade") and not marks.get("solution")))


def _make_ids_unique(cells: list[Any], reserved: set[Any]) -> None:
    seen: set[Any] = set()
    for position, cell in enumerate(cells):
        taken = cell.id in seen or (cell.id in reserved and grade_id(cell) is None)
        named = isinstance(cell.id, str) and CELL_ID.fullmatch(cell.id)
        if taken or not named:
            cell.id = f"own-{position:03d}"
        seen.add(cell.id)


def _notes(
    marked: dict[str, Any], cells: list[Any], keys: list[str | None], last: dict[str, int]
) -> list[str]:
    notes = []
    copies = Counter(key for key in keys if key)
    for name, cell in marked.items():
        if name not in last:
            notes.append(f"{_kind(cell)} {name} deleted (restored)")
            continue
        if is_locked(cell) and not _same_text(cells[last[name]], cell):
            notes.append(f"{_kind(cell)} {name} edited (restored)")
        if copies[name] > 1:
            notes.append(f"{_kind(cell)} {name} copied (the last one counts)")
    if sorted(last, key=lambda name: last[name]) != [name for name in marked if name in last]:
        notes.append("cells moved (order restored)")
    return notes


def _kind(cell: Any) -> str:
    marks = cell.metadata.nbgrader
    if marks.get("solution"):
        return "answer cell"
    return "test cell" if marks.get("grade") else "locked cell"


def _same_text(theirs: Any, released: Any) -> bool:
    # Editors differ in blanks at the end; a type changed to markdown is an edit.
    return bool(
        theirs.cell_type == released.cell_type
        and theirs.source.rstrip() == released.source.rstrip()
    )
