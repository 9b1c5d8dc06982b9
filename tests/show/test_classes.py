"""Pictures of a class: true descriptions, true counts, nothing told by colour alone."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from course.show import ShowError
from course.show.classes import outcomes, totals


def test_totals_count_every_student_once() -> None:
    picture = totals([0, 3.6, 35.9, 36, 40], 36, title="Points of the class")
    assert picture.data["counts"] == [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]
    assert picture.alt == (
        "Points of the class. Histogram of 5 students, in points of 36: lowest 0, median 35.9, "
        "highest 40; 1 with 0 to 3, 1 with 3 to 6 and 3 with 33 to 36."
    )
    assert Image.open(BytesIO(picture.png)).width == picture.width


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 50), min_size=1, max_size=30), st.floats(0, 40))
def test_totals_of_any_class(values: list[float], maximum: float) -> None:
    assert sum(totals(values, maximum, title="t").data["counts"]) == len(values)


@pytest.mark.parametrize(
    ("maximum", "width", "bars"), [(0, 1, 1), (6, 1, 6), (28, 3, 10), (36, 3, 12), (100, 10, 10)]
)
def test_totals_stand_in_few_bars_of_whole_points(maximum: float, width: float, bars: int) -> None:
    edges = totals([0], maximum, title="t").data["edges"]
    assert edges == [width * place for place in range(bars + 1)]


def test_outcomes_say_what_they_draw() -> None:
    rows = [("emf_line", 7, 0, 3), ("quiz", 2, 8, 0)]
    picture = outcomes(rows, title="How it went")
    assert picture.data["rows"] == [list(row) for row in rows]
    assert picture.alt == (
        "How it went. Bars of 2 exercises, students with it right, partly, not at all: "
        "emf_line 7, 0, 3; quiz 2, 8, 0."
    )
    assert outcomes(rows, title="How it went").png == picture.png


def test_a_class_of_nobody_has_no_picture() -> None:
    with pytest.raises(ShowError, match="no points"):
        totals([], 10, title="t")
    with pytest.raises(ShowError, match="no exercises"):
        outcomes([], title="t")
    assert outcomes([("x", 0, 0, 0)], title="t").png
