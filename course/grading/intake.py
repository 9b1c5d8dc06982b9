"""May this submission be opened? Answered from paths and JSON alone, before any of its code runs.

Refused, each with one line for the student or the instructor to act on: links and special files
(nbgrader would copy what they point to), files of somebody else's, files that Python would import
in the place of a real module, too many or too large files, a missing or misnamed notebook, and text
that is no notebook of format 4. What can be repaired is not refused; see `repair`.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import sysconfig
from collections.abc import Iterator
from importlib.machinery import PathFinder, all_suffixes
from pathlib import Path
from typing import Any

from nbformat import from_dict

import course

# An honest lesson with all its pictures stays below 3 MB.
LARGEST = 20_000_000
# What may stand beside the notebooks: files and folders, and bytes of all files together.
MOST_FILES = 200
LARGEST_IN_ALL = 50_000_000
CELL_TYPES = ("code", "markdown", "raw")
FIELDS = {"metadata": dict, "attachments": dict, "id": str}
# Minor formats up to here are read; later ones have fields that nobody here knows.
MINORS = 10


class Refused(Exception):
    """Why a submission was not opened, in one line."""


def check(student: str, folder: Path, notebooks: list[str]) -> None:
    """Raise Refused unless `folder` holds every notebook of the lesson in a readable form.

    folder: submitted/<student>/<lesson>. notebooks: file names, such as "cloudwatch.ipynb".
    """
    where = f"submitted/{student}/{folder.name}"
    _refuse_files(folder, where)
    _refuse_modules(folder, where)
    found = sorted(p.name for p in folder.glob("*.ipynb"))
    for name in notebooks:
        if name not in found:
            raise Refused(_misnamed(name, found, where))
        _refuse_unreadable(folder / name, f"{where}/{name}")


def _refuse_files(folder: Path, where: str) -> None:
    # A notebook that is too large is told so by its own limit.
    size = 0
    for number, path in enumerate(_walk(folder)):
        _refuse_file(path, folder, where)
        size += path.stat().st_size if path.suffix != ".ipynb" and path.is_file() else 0
        if number > MOST_FILES:
            raise Refused(f"{where} holds more than {MOST_FILES} files; hand in what is needed")
    if size > LARGEST_IN_ALL:
        limit = LARGEST_IN_ALL // 1_000_000
        raise Refused(f"{where} holds more than {limit} MB of files; hand in what is needed")


def _refuse_file(path: Path, folder: Path, where: str) -> None:
    relative = path.relative_to(folder).as_posix()
    if not relative.isprintable():
        raise Refused(f"{where} holds a file with a name that cannot be shown; rename it")
    shown = where if relative == "." else f"{where}/{relative}"
    refuse_link(path, shown)
    found = path.lstat()
    if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        raise Refused(f"{shown} is neither a file nor a folder; remove it")
    if found.st_uid not in (folder.lstat().st_uid, os.geteuid(), 0):
        raise Refused(f"{shown} belongs to another user than its folder; who put it there?")
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise Refused(f"{shown} cannot be read; change its permissions")


def _refuse_modules(folder: Path, where: str) -> None:
    """A notebook's folder comes first where Python looks for modules."""
    for path in sorted(folder.iterdir()):
        name = path.name.partition(".")[0]
        if _is_module(path) and (name in sys.builtin_module_names or _installed(name)):
            shown = f"{where}/{path.name}"
            raise Refused(f"{shown} would be imported in the place of the module {name}; rename it")


def _is_module(path: Path) -> bool:
    suffixes = all_suffixes()
    if path.is_dir():
        # Without one of these, a folder only comes behind all real packages.
        return any((path / f"__init__{suffix}").exists() for suffix in suffixes)
    return path.name.endswith(tuple(suffixes))


def _installed(name: str) -> bool:
    """Whether Python, its packages or the course have a module of this name; nothing is imported,
    and folders that happen to be in sys.path do not count."""
    places = [sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    own = [str(Path(one).parent) for one in course.__path__] if name == "course" else []
    spec = PathFinder.find_spec(name, [*places, *own]) if name.isidentifier() else None
    return name in sys.stdlib_module_names or (spec is not None and spec.loader is not None)


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
        # As nbformat does; from bytes, json also takes other encodings and halves of characters.
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}"
    except UnicodeDecodeError:
        where = "no UTF-8 text"
    except RecursionError:
        where = "nested too deeply"
    except ValueError:
        where = "a number of thousands of digits"
    raise Refused(f"{shown} is not JSON ({where}); save it again from JupyterLab")


def _problem(notebook: Any) -> str | None:
    if not isinstance(notebook, dict):
        return "no object"
    if notebook.get("nbformat") != 4 or isinstance(notebook.get("nbformat"), bool):
        return f"format {_short(notebook.get('nbformat'))} instead of 4"
    minor = notebook.get("nbformat_minor", 0)
    if not isinstance(minor, int) or not 0 <= minor < MINORS:
        return f"format 4.{_short(minor)}"
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
        return f"unknown type {_short(cell.get('cell_type'))}"
    if not _is_text(cell.get("source")):
        return "its source is no text"
    if "metadata" not in cell:
        return "it has no metadata"
    for name, kind in FIELDS.items():
        if not isinstance(cell.get(name, kind()), kind):
            return f"its {name} is no {'object' if kind is dict else 'text'}"
    outputs = cell.get("outputs", [])
    if not isinstance(outputs, list) or not all(isinstance(out, dict) for out in outputs):
        return "its outputs are no list of objects"
    return None


def _is_text(source: Any) -> bool:
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        return False
    try:
        return "".join(lines).encode() is not None
    except UnicodeEncodeError:
        # JSON can spell half a character.
        return False


def _short(value: Any) -> str:
    return repr(value) if len(str(value)) < 20 else f"{str(value)[:20]!r}..."


def read(path: Path) -> Any:
    """A notebook that has passed `check`, as far as `repair` looks at it: no outputs.

    Without nbformat, whose validation takes longer than all that is done with it here. Its rules
    on ids stay: none in old formats, and of two alike the first is kept.
    """
    found = json.loads(path.read_text(encoding="utf-8"))
    ids: set[str] = set()
    cells = []
    for cell in found["cells"]:
        plain = {key: cell.get(key, {}) for key in ("cell_type", "metadata")}
        plain["source"] = "".join(cell["source"])
        if found.get("nbformat_minor", 0) >= 5 and (own := cell.get("id")) and own not in ids:
            ids.add(own)
            plain["id"] = own
        cells.append(plain)
    return from_dict({"cells": cells, "metadata": found.get("metadata", {})})
