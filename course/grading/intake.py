"""May this submission be opened? Answered from paths and JSON alone, before any of its code runs.

Refused, each with one line for the student or the instructor to act on: links and special files
(nbgrader would copy what they point to), a missing or misnamed notebook, text that is no notebook
of format 4, and notebooks of absurd size. What can be repaired is not refused; see `repair`.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# An honest lesson with all its pictures stays below 3 MB.
LARGEST = 20_000_000
CELL_TYPES = ("code", "markdown", "raw")


class Refused(Exception):
    """Why a submission was not opened, in one line."""


def check(student: str, folder: Path, notebooks: list[str]) -> None:
    """Raise Refused unless `folder` holds every notebook of the lesson in a readable form.

    folder: submitted/<student>/<lesson>. notebooks: file names, such as "cloudwatch.ipynb".
    """
    where = f"submitted/{student}/{folder.name}"
    _refuse_links(folder, where)
    found = sorted(p.name for p in folder.glob("*.ipynb"))
    for name in notebooks:
        if name not in found:
            raise Refused(_misnamed(name, found, where))
        _refuse_unreadable(folder / name, f"{where}/{name}")


def _refuse_links(folder: Path, where: str) -> None:
    for path in _walk(folder):
        mode = path.lstat().st_mode
        relative = path.relative_to(folder).as_posix()
        shown = where if relative == "." else f"{where}/{relative}"
        refuse_link(path, shown)
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise Refused(f"{shown} is neither a file nor a folder; remove it")


def refuse_link(path: Path, shown: str) -> None:
    """Raise Refused when `path` itself is a link."""
    if path.is_symlink():
        raise Refused(f"{shown} is a link; hand in the file itself")


def _walk(folder: Path) -> Iterator[Path]:
    # lstat before going down: a linked folder must not be entered.
    yield folder
    if not folder.is_symlink() and folder.is_dir():
        for path in sorted(folder.iterdir()):
            yield from _walk(path)


def _misnamed(wanted: str, found: list[str], where: str) -> str:
    if not found:
        return f"no {wanted} in {where}; put the notebook there"
    return f"no {wanted} in {where} (found {', '.join(found)}); give it its released name"


def _refuse_unreadable(path: Path, shown: str) -> None:
    size = path.stat().st_size
    if size > LARGEST:
        limit = LARGEST // 1_000_000
        raise Refused(f"{shown} is larger than {limit} MB; clear its outputs and save it again")
    problem = _problem(_parsed(path, shown))
    if problem:
        raise Refused(f"{shown} is no notebook ({problem}); save it again from JupyterLab")


def _parsed(path: Path, shown: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}"
    except UnicodeDecodeError:
        where = "no UTF-8 text"
    except RecursionError:
        where = "nested too deeply"
    raise Refused(f"{shown} is not JSON ({where}); save it again from JupyterLab")


def _problem(notebook: Any) -> str | None:
    if not isinstance(notebook, dict):
        return "no object"
    if notebook.get("nbformat") != 4:
        return f"format {notebook.get('nbformat')!r} instead of 4"
    if not isinstance(notebook.get("metadata", {}), dict):
        return "its metadata is no object"
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        return "it has no cells"
    return next((f"cell {n}: {why}" for n, c in enumerate(cells, 1) if (why := _broken(c))), None)


def _broken(cell: Any) -> str | None:
    if not isinstance(cell, dict):
        return "no object"
    if cell.get("cell_type") not in CELL_TYPES:
        return f"unknown type {cell.get('cell_type')!r}"
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        return "its source is no text"
    return None if isinstance(cell.get("metadata", {}), dict) else "its metadata is no object"
