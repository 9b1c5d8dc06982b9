"""Which names a check takes from the answers, and which of the lesson's cells it runs before."""

from __future__ import annotations

from course.grading.boundary import names
from course.grading.runs import APART, Cell

SETUP = Cell("setup", "locked", "import json\nshop = open_account()")
TOOL = Cell("tool", "locked", "def tool(x):\n    return shop, json, x")
OTHER = Cell("other", "locked", "def other():\n    return tool(1)")
ANSWER = Cell("answer", "answer", "def solve(x):\n    return x\nfound = 1")


def needs(check: str, *before: Cell) -> names.Needs:
    cells = [*before, Cell("check", APART, check)]
    return names.needs(cells, len(cells) - 1)


def test_a_check_needs_the_cells_that_make_its_names_and_theirs() -> None:
    found = needs("assert tool(solve(2))", SETUP, TOOL, OTHER, ANSWER)
    assert found == names.Needs((0, 1), ("open_account", "solve"))


def test_names_in_its_functions_count() -> None:
    found = needs("def judge():\n    return [solve(n) for n in range(3)]\njudge()", ANSWER)
    assert found == names.Needs((), ("solve",))


def test_what_it_makes_itself_is_no_answer() -> None:
    assert needs("import math\nright = 1\nassert solve(right) == math.pi").answers == ("solve",)


def test_what_it_uses_before_it_makes_it_comes_from_the_lesson() -> None:
    assert needs("json.loads('1')\nimport json\nsolve(1)", SETUP).cells == (0,)


def test_no_answer_stands_in_for_a_tool_of_the_lesson() -> None:
    found = needs("tool(solve(1))", TOOL, Cell("answer", "answer", "tool = solve = None"))
    assert found.cells == (0,) and "tool" not in found.answers


def test_a_students_own_cells_give_no_tools() -> None:
    assert needs("tool(solve(1))", Cell("own", "own", "def tool(x): ...")).cells == ()


def test_a_locked_cell_behind_the_check_does_not_count() -> None:
    cells = [Cell("check", APART, "solve(tool)"), TOOL]
    assert names.needs(cells, 0) == names.Needs((), ("solve", "tool"))


def test_a_cell_that_is_no_python_has_no_names() -> None:
    assert names.of("%%time\nx = (") == names.Names(frozenset(), frozenset())
