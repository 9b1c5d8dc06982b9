"""The score table: nothing but a clear result gives points (four-point cells)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_output

from course.grading.scores import Score, number, score
from tests.grading.tiny import marks


def result(text: str) -> Any:
    return new_output("execute_result", data={"text/plain": text}, execution_count=1)


ERROR = new_output("error", ename="AssertionError", evalue="no", traceback=[])
STDERR = new_output("stream", name="stderr", text="UserWarning: slow")
STDOUT = new_output("stream", name="stdout", text="0/4 tests passed")
FIGURE = new_output("display_data", data={"text/plain": "<Figure>"})


def executed(*outputs: Any, count: int | None = 1) -> Any:
    metadata = marks("q_check", points=4)
    return new_code_cell("", outputs=list(outputs), execution_count=count, metadata=metadata)


@pytest.mark.parametrize(
    ("outputs", "points"),
    [
        ([], 4),
        ([STDERR], 4),
        ([STDOUT], 4),
        ([FIGURE], 4),
        ([ERROR], 0),
        ([result("4"), ERROR], 0),
        ([ERROR, result("4")], 0),
        ([result("0")], 0),
        ([result("4")], 4),
        ([result("2.5")], 2.5),
        ([result("1e0")], 1),
        ([result("np.float64(1.0)")], 1),
        ([result("np.int64(3)")], 3),
        ([STDERR, result("3"), STDOUT], 3),
    ],
)
def test_clear_results(outputs: list[Any], points: float) -> None:
    assert score(executed(*outputs)) == Score(points)


@pytest.mark.parametrize(
    "text",
    ["False", "True", "-3", "-0.1", "nan", "inf", "np.float64(nan)", "'0'", "(0, 4)", "5", "1_0"]
    + ["Fraction(1, 4)", "None", "", "4 points", "1e999", "٣", "np.bool(True)"],
)
def test_anything_else_is_nothing_and_asks_for_a_look(text: str) -> None:
    judged = score(executed(result(text)))
    assert judged.points == 0
    assert judged.doubt == f"gave {text!r}, no number from 0 to 4"


def test_two_results_are_no_result() -> None:
    assert score(executed(result("4"), result("4"))).points == 0


def test_a_cell_that_never_ran_has_no_points() -> None:
    assert score(executed(count=None)) == Score(0, "was not run")


def test_a_written_answer_is_for_a_person() -> None:
    metadata = marks("essay", solution=True, points=4)
    assert score(new_code_cell("mine", metadata=metadata)) == Score(None)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_is_read_back(value: float) -> None:
    assert number(repr(value)) == value
    assert number(f"np.float64({value!r})") == value
