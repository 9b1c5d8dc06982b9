"""What a student's page is made from: no line of a hidden test, in source or in output."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course.grading.feedback import HideTests
from course.grading.html import clean_html
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


@pytest.mark.parametrize(
    "kept",
    [
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
        '<h2 id="x">Title</h2>',
        '<img alt="a plot" src="data:image/png;base64,iVBOR">',
        '<a href="https://docs.aws.amazon.com/">docs</a>',
        '<span class="n">x</span>',
    ],
)
def test_plain_markup_stays(kept: str) -> None:
    assert clean_html(kept) == kept


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        "<svg onload=alert(1)></svg>",
        "<iframe src='https://example.org'></iframe>",
        "<b onclick=alert(1)>x</b>",
        '<img src="https://example.org/seen.png">',
        "<form action=https://example.org><input></form>",
        "<style>b {}</style><style><script>alert(1)</script>",
        "<sty<style></style>le><script>alert(1)</script>",
    ],
)
def test_nothing_of_a_submission_runs_or_calls_home(hostile: str) -> None:
    found = Tags()
    found.feed(clean_html(hostile))
    assert not found.names & {"script", "svg", "iframe", "style", "form", "input"}
    assert not any(
        name.startswith("on") or name in ("src", "action") for name, _ in found.attributes
    )
    assert not any("script" in (value or "") for _, value in found.attributes)


def test_pandas_style_sheet_is_not_shown_as_text() -> None:
    assert clean_html("<div><style scoped>.d {}</style><table></table></div>").startswith("<div><t")


class Tags(HTMLParser):
    """What a browser would see as tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs
