"""Fifty broken hand-ins of lesson 01: each is refused in one line or becomes a notebook to run."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.grading import intake, repair
from course.grading.boundary import TOGETHER
from course.grading.execute import _cells
from tools import demo

LESSON = demo.read()
MARKED = [name for cell in LESSON.release.cells if (name := repair.grade_id(cell))]
CHECKS = [f"{name}_check" for name in LESSON.exercises]
SOLVED = json.dumps(demo.ada(LESSON))
# What an editor or a hand has put where something else was.
ODD = (None, 7, -1.5, True, "", "x" * 70, "\ud800", [], ["a"], {}, {"a": {}}, [None], 10**400)

Change = Callable[[dict[str, Any], random.Random], None]


def drop(nb: dict[str, Any], chance: random.Random) -> None:
    del nb["cells"][chance.randrange(len(nb["cells"]))]


def double(nb: dict[str, Any], chance: random.Random) -> None:
    cell = chance.choice(nb["cells"])
    nb["cells"].insert(chance.randrange(len(nb["cells"])), copy.deepcopy(cell))


def reorder(nb: dict[str, Any], chance: random.Random) -> None:
    chance.shuffle(nb["cells"])


def forget_metadata(nb: dict[str, Any], chance: random.Random) -> None:
    chance.choice(nb["cells"])["metadata"] = {}


def break_mark(nb: dict[str, Any], chance: random.Random) -> None:
    marked = [cell for cell in nb["cells"] if "nbgrader" in (cell.get("metadata") or {})]
    marks = chance.choice(marked)["metadata"]
    key = (
        chance.choice([*marks["nbgrader"], "new", ""])
        if isinstance(marks["nbgrader"], dict)
        else ""
    )
    if key:
        marks["nbgrader"][key] = chance.choice(ODD)
    else:
        marks["nbgrader"] = chance.choice(ODD)


def break_cell(nb: dict[str, Any], chance: random.Random) -> None:
    cell = chance.choice(nb["cells"])
    cell[chance.choice([*cell, "attachments", "id", "outputs"])] = chance.choice(ODD)


def lose_key(nb: dict[str, Any], chance: random.Random) -> None:
    cell = chance.choice(nb["cells"])
    cell.pop(chance.choice(list(cell)), None)


def break_top(nb: dict[str, Any], chance: random.Random) -> None:
    nb[chance.choice([*nb, "orig_nbformat"])] = chance.choice(ODD)


def break_notebook_metadata(nb: dict[str, Any], chance: random.Random) -> None:
    key = chance.choice(["kernelspec", "language_info", "widgets", "signature", "name"])
    nb["metadata"][key] = chance.choice(ODD)


CHANGES: list[Change] = [
    *(drop, double, reorder, forget_metadata, break_mark, break_cell, lose_key),
    *(break_top, break_notebook_metadata),
]


def mutilated(changes: list[Change], chance: random.Random, keep: float) -> bytes:
    nb = json.loads(SOLVED)
    for change in changes:
        try:
            change(nb, chance)
        except (KeyError, TypeError, AttributeError, IndexError, ValueError):
            # Nothing left of the kind that this one breaks.
            continue
    text = json.dumps(nb, ensure_ascii=chance.random() < 0.5).encode("utf-8", "surrogatepass")
    return text[: int(len(text) * keep)]


@given(
    st.lists(st.sampled_from(CHANGES), min_size=1, max_size=6),
    st.integers(0, 2**32),
    st.sampled_from([1.0, 1.0, 1.0, 0.999, 0.5, 0.0]),
)
@settings(max_examples=50, deadline=None)
@pytest.mark.filterwarnings("ignore::nbformat.warnings.DuplicateCellId")
@pytest.mark.filterwarnings("ignore::nbformat.warnings.MissingIDFieldWarning")
def test_a_mutilated_submission_is_refused_in_a_line_or_repaired(
    tmp_path_factory: pytest.TempPathFactory, changes: list[Change], seed: int, keep: float
) -> None:
    folder = tmp_path_factory.mktemp("mutilated")
    path = folder / LESSON.notebook
    path.write_bytes(mutilated(changes, random.Random(seed), keep))
    try:
        intake.check("mallory", folder, [LESSON.notebook])
    except intake.Refused as why:
        assert str(why).isprintable() and len(str(why)) < 200
        return
    looks_released(path)


def looks_released(path: Path) -> None:
    rebuilt, notes = repair.rebuild(intake.read(path), LESSON.release)
    # nbgrader's own step reads it in another way; the run made ahead must be the one it asks for.
    again, also_noted = repair.rebuild(nbformat.read(path, as_version=4), LESSON.release)
    assert list(_cells(again, TOGETHER)) == list(_cells(rebuilt, TOGETHER))
    assert notes == also_noted
    assert [name for cell in rebuilt.cells if (name := repair.grade_id(cell))] == MARKED
    assert all(isinstance(note, str) for note in notes)
    nbformat.validate(rebuilt)
    for name in CHECKS:
        assert cell_of(rebuilt, name) == cell_of(LESSON.release, name)
    assert {one.name for one in _cells(rebuilt, TOGETHER)} >= set(CHECKS)
    rebuilt_text = nbformat.writes(rebuilt)
    assert rebuilt_text.encode()


def cell_of(nb: Any, name: str) -> Any:
    return next(cell for cell in nb.cells if repair.grade_id(cell) == name)
