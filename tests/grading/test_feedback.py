"""What a student's page is made from: no line of a hidden test, in source or in output."""

from __future__ import annotations

from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course.grading.feedback import HideTests
from tests.grading.tiny import DOUBLE_CHECK, marks

SECRET = 'assert double(secret_input) == 2468, "a larger number went wrong"'


def page(*outputs: Any, source: str = DOUBLE_CHECK) -> Any:
    tested = new_code_cell(DOUBLE_CHECK, metadata=marks("double_check", points=2))
    shown = new_code_cell(source, outputs=list(outputs), metadata=tested.metadata)
    nb, _ = HideTests().preprocess(new_notebook(cells=[tested, shown]), {})
    return nb.cells[1]


def test_the_hidden_region_leaves_and_the_visible_test_stays() -> None:
    assert page().source == 'assert double(2) == 4, "double(2) should be 4"'


def test_an_error_keeps_name_and_message_only() -> None:
    trace = ["\x1b[31mAssertionError\x1b[0m", f"----> 4 {SECRET}"]
    error = new_output("error", ename="AssertionError", evalue="no", traceback=trace)
    assert page(error).outputs[0].traceback == ["AssertionError: no"]


def test_an_error_without_message_is_its_name() -> None:
    error = new_output("error", ename="KeyError", evalue="", traceback=["x"])
    assert page(error).outputs[0].traceback == ["KeyError"]


@pytest.mark.parametrize(
    "output",
    [
        new_output("stream", name="stderr", text=f"UserWarning: slow\n  {SECRET}\n"),
        new_output("stream", text=f"4 \x1b[32m{SECRET}\x1b[0m"),
        new_output("display_data", data={"text/html": f"<pre>\n{SECRET}\n</pre>"}),
        new_output("error", ename="E", evalue=f"found:\n{SECRET}", traceback=[]),
    ],
)
def test_an_output_that_quotes_a_hidden_line_loses_it(output: Any) -> None:
    shown = str(page(output).outputs)
    assert "secret_input" not in shown
    assert "[hidden test]" in shown


def test_what_a_test_prints_stays() -> None:
    text = "B is right: a percentage survives a quiet night.\n"
    assert page(new_output("stream", text=text)).outputs[0].text == text


def test_half_a_marker_in_a_students_cell_hides_the_rest_of_it() -> None:
    assert page(source="x = 1\n### BEGIN HIDDEN TESTS\ny = 2").source == "x = 1"
