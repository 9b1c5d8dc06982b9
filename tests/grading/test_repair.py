"""Whatever a student does to the cells, the marked ones come out as released."""

from __future__ import annotations

import random
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell

from course.grading import repair
from tests.grading.tiny import cell, released, solved

MARKED = [c.id for c in released().cells if repair.grade_id(c)]


def marked_of(nb: Any) -> list[str | None]:
    return [name for c in nb.cells if (name := repair.grade_id(c))]


def test_an_honest_submission_is_left_as_it_is() -> None:
    rebuilt, notes = repair.rebuild(solved(), released())
    assert notes == []
    assert [c.source for c in rebuilt.cells] == [c.source for c in solved().cells]


def test_tags_points_and_outputs_of_a_submission_do_not_survive() -> None:
    nb = solved()
    check = cell(nb, "double_check")
    check.metadata.tags = ["skip-execution"]
    check.metadata.nbgrader.points = 100
    check.outputs = [nbformat.v4.new_output("stream", text="2")]
    rebuilt, notes = repair.rebuild(nb, released())
    assert notes == []
    assert cell(rebuilt, "double_check") == cell(released(), "double_check")


def test_lost_metadata_is_found_again_by_the_cells_id() -> None:
    nb = solved()
    for one in nb.cells:
        one.metadata = {}
    rebuilt, notes = repair.rebuild(nb, released())
    assert notes == []
    assert cell(rebuilt, "double").source == cell(solved(), "double").source


def test_an_answer_split_in_two_runs_in_order() -> None:
    nb = solved()
    position = [c.id for c in nb.cells].index("double")
    first = nbformat.from_dict(cell(nb, "double"))
    first.source = "FACTOR = 2"
    nb.cells.insert(position, first)
    rebuilt, notes = repair.rebuild(nb, released())
    sources = [c.source for c in rebuilt.cells]
    assert sources.index("FACTOR = 2") == sources.index(cell(solved(), "double").source) - 1
    assert notes == ["answer cell double copied (the last one counts)"]


def test_a_cell_made_markdown_is_code_again() -> None:
    nb = solved()
    cell(nb, "double_check").cell_type = "markdown"
    rebuilt, notes = repair.rebuild(nb, released())
    assert cell(rebuilt, "double_check").cell_type == "code"
    assert notes == ["test cell double_check edited (restored)"]


@pytest.mark.parametrize("metadata", [{"nbgrader": 3}, {"nbgrader": {"grade_id": ["x"]}}])
def test_odd_metadata_is_a_plain_cell(metadata: dict[str, Any]) -> None:
    nb = solved()
    nb.cells.append(new_code_cell("1", metadata=nbformat.from_dict(metadata)))
    rebuilt, notes = repair.rebuild(nb, released())
    assert notes == []
    assert rebuilt.cells[-1].metadata == {}


@given(st.randoms(use_true_random=False), st.integers(0, 12))
@settings(max_examples=40, deadline=None)
def test_any_shuffling_dropping_and_copying_gives_the_released_cells(
    chance: random.Random, steps: int
) -> None:
    nb = solved()
    for _ in range(steps):
        _damage(nb, chance)
    rebuilt, _ = repair.rebuild(nb, released())
    assert marked_of(rebuilt) == MARKED
    ids = [c.id for c in rebuilt.cells]
    assert len(set(ids)) == len(ids)
    nbformat.validate(rebuilt)
    for name in MARKED:
        if repair.is_locked(cell(released(), name)):
            assert cell(rebuilt, name) == cell(released(), name)


def _damage(nb: Any, chance: random.Random) -> None:
    if not nb.cells:
        return
    one = chance.choice(nb.cells)
    match chance.randrange(4):
        case 0:
            nb.cells.remove(one)
        case 1:
            nb.cells.insert(chance.randrange(len(nb.cells)), nbformat.from_dict(one))
        case 2:
            chance.shuffle(nb.cells)
        case 3:
            one.source = "pass"
