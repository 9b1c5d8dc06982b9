"""The exercises of a lesson, found in its notebooks: what stands before them, the stub, the check.

In a clone `source/` has the reference answers and the hidden tests. A student's package has
`release/` alone, and a notebook that lies anywhere else still has its own locked cells.
"""

from __future__ import annotations

import ast
import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import UserError

NOT_CODED = ("quiz", "exam")  # graded by keys; they have neither hints nor a reference


@dataclass(frozen=True)
class Exercise:
    """One answer cell with its check; `fixed` holds the locked cells that come before the check.

    reference: the answer of source/; None without it, and `check` then has no hidden tests.
    blank: the answer cell as it was released; None where there is no release to read.
    """

    lesson: str
    name: str
    points: float
    fixed: tuple[str, ...]
    reference: str | None
    blank: str | None
    check: str


def course_dir(start: Path) -> Path | None:
    """The nearest folder from `start` upwards that holds lessons."""
    folders = (start.resolve(), *start.resolve().parents)
    return next((each for each in folders if _notebooks(each)), None)


def of_course(folder: Path) -> list[Exercise]:
    """Every exercise of every lesson in the order of the course."""
    return [each for lesson in _notebooks(folder) for each in of_lesson(folder, lesson)]


def of_lesson(folder: Path, lesson: str) -> list[Exercise]:
    """The exercises of the lesson whose folder is called `lesson`."""
    found: list[Exercise] = []
    for path in _notebooks(folder).get(lesson, []):
        released = folder / "release" / lesson / path.name
        blanks = _answers(cells(released)) if released.is_file() else {}
        found += _exercises(cells(path), lesson, blanks, path.parent.parent.name == "source")
    return found


def named(name: str, folder: Path) -> Exercise:
    """The exercise called `name`, wherever in the course. Raises UserError where there is none."""
    return _pick(name, of_course(folder), "this course")


def of_notebook(name: str, notebook: Path) -> Exercise:
    """The exercise called `name` of a student's notebook, from the course that it belongs to."""
    folder, own = course_dir(notebook.parent), cells(notebook)
    if folder is not None:
        if notebook.parent.name in _notebooks(folder):
            return _pick(name, of_lesson(folder, notebook.parent.name), notebook.name)
        elsewhere = [each for each in of_course(folder) if each.name == name]
        if len(elsewhere) == 1:
            return elsewhere[0]
    blanks = {n: text for n, text in _answers(own).items() if not _changed(own, n)}
    return _pick(name, list(_exercises(own, notebook.parent.name, blanks, False)), notebook.name)


def answer(name: str, notebook: Path) -> str:
    """The text of the answer cell as it is saved."""
    found = _answers(cells(notebook))
    if name not in found:
        raise UserError(
            f"{notebook.name} has no answer cell {name!r}; `course new` gives a fresh copy of the "
            "lesson"
        )
    return found[name]


def is_blank(exercise: Exercise, text: str) -> bool:
    """Whether an answer cell still has nothing but what was released; comments do not count."""
    return exercise.blank is not None and _code(text) == _code(exercise.blank)


def _code(text: str) -> str:
    try:
        return ast.dump(ast.parse(text))
    except (SyntaxError, ValueError):
        return text.strip()


def cells(notebook: Path) -> list[dict[str, Any]]:
    """The code cells of a notebook: id, source, marks (nbgrader's own words for a cell)."""
    try:
        loaded = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return [_cell(cell) for cell in loaded if cell["cell_type"] == "code"]
    except OSError as error:
        why = error.strerror or str(error)
    except (ValueError, KeyError, TypeError) as error:
        why = f"is no notebook ({type(error).__name__})"
    raise UserError(f"{notebook}: {why}; save the notebook, or name another one")


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    source = cell["source"]
    text = source if isinstance(source, str) else "".join(source)
    marks = cell.get("metadata", {}).get("nbgrader") or {}
    return {"source": text, "marks": marks, "id": marks.get("grade_id", cell.get("id", ""))}


def _notebooks(folder: Path) -> dict[str, list[Path]]:
    """Lesson -> its notebooks, the instructor's before the students'."""
    found: dict[str, list[Path]] = {}
    for kind in ("source", "release"):
        for path in sorted((folder / kind).glob("[0-9][0-9]_*/*.ipynb")):
            known = found.setdefault(path.parent.name, [])
            if path.name not in [each.name for each in known]:
                known.append(path)
    return dict(sorted(found.items()))


def _answers(found: list[dict[str, Any]]) -> dict[str, str]:
    return {
        cell["id"]: cell["source"]
        for cell in found
        if cell["marks"].get("solution") and not cell["marks"].get("grade")
    }


def _exercises(
    found: list[dict[str, Any]], lesson: str, blanks: Mapping[str, str], whole: bool
) -> Iterator[Exercise]:
    fixed: list[str] = []
    references = _answers(found) if whole else {}
    for cell in found:
        marks = cell["marks"]
        if marks.get("grade"):
            name = cell["id"].removesuffix("_check")
            facts = (float(marks["points"]), tuple(fixed), references.get(name), blanks.get(name))
            yield Exercise(lesson, name, *facts, cell["source"])
        elif marks.get("locked"):
            fixed.append(cell["source"])


def _pick(name: str, found: list[Exercise], where: str) -> Exercise:
    known = {each.name: each for each in found}
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(known) or 'none'}"
    raise UserError(f"no exercise {name!r} in {where}; {hint}", 2)


def _changed(found: list[dict[str, Any]], name: str) -> bool:
    """Whether an answer cell differs from what nbgrader noted when it made the release."""
    # nbgrader takes a second to import; only a notebook that is away from its course needs it.
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    cell = next(each for each in found if each["id"] == name)
    metadata = {"nbgrader": cell["marks"]}
    node = from_dict({"cell_type": "code", "source": cell["source"], "metadata": metadata})
    return bool(compute_checksum(node) != cell["marks"].get("checksum"))
