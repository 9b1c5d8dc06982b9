"""The heat map: a grid of amounts, with what lies above a limit in a frame."""

from __future__ import annotations

from typing import Any

import pytest

from course import show

ROWS = [
    {"second": second, "partition": f"partition {place}", "units": 100.0 * place + second}
    for place in (2, 1)
    for second in (0, 1, 2)
]
GIVEN: dict[str, Any] = {"x": "second", "y": "partition", "value": "units", "unit": "WCU"}


def test_a_heat_map_shows_its_numbers_and_says_them() -> None:
    picture = show.heat_map(ROWS[:-1], title="Load", limit=150, **GIVEN)
    assert picture.png.startswith(b"\x89PNG")
    assert picture.data["rows"] == ["partition 2", "partition 1"]
    assert picture.data["values"] == [[200, 201, 202], [100, 101, None]]
    assert "most at partition 2, 2, with 202 WCU" in picture.alt
    assert picture.alt.endswith("3 cells lie above 150 WCU, in partition 2.")
    assert show.heat_map(ROWS[:-1], title="Load", limit=150, **GIVEN).png == picture.png


def test_nothing_above_the_limit() -> None:
    picture = show.heat_map(ROWS, title="Load", limit=1000, **GIVEN)
    assert picture.alt.endswith("0 cells lie above 1,000 WCU.")
    assert "above" not in show.heat_map(ROWS, title="Load", **GIVEN).alt


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "no rows"),
        ([*ROWS, ROWS[0]], "two rows for partition 2, 0"),
        ([{**ROWS[0], "second": at} for at in range(61)], "and 61"),
        ([{**ROWS[0], "units": None}], "no values"),
    ],
)
def test_what_cannot_be_drawn_is_said(rows: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(show.ShowError, match=said):
        show.heat_map(rows, title="Load", **GIVEN)
