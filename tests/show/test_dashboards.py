"""Dashboards: the grid, the widgets, and what is refused by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from course import show

from .test_pictures import a_dashboard, minutes


def metric(**more: Any) -> dict[str, Any]:
    properties = more.pop("properties", {"title": "Errors"})
    return {"type": "metric", "properties": properties} | more


def one_line(_widget: Any) -> list[dict[str, Any]]:
    return [{"label": "sum", "points": [(at, 3) for at in minutes(5)]}]


def test_every_widget_is_told_with_its_numbers() -> None:
    alt = a_dashboard().alt
    assert alt.startswith("Shop. Dashboard of 6 widgets.")
    for words in ("text: Shop on", "Errors: sum: lowest 0 at", "Now: sum 8.", "errors is ALARM"):
        assert words in alt
    assert "requestId r-1; ms 2,999" in alt


def test_widgets_without_a_position_fill_the_grid_from_the_top_left() -> None:
    widgets = [metric() for _ in range(5)]
    picture = show.dashboard(json.dumps({"widgets": widgets}), one_line)
    places = [widget["place"] for widget in picture.data["widgets"]]
    assert places == [(0, 0, 6, 6), (6, 0, 6, 6), (12, 0, 6, 6), (18, 0, 6, 6), (0, 6, 6, 6)]


def test_annotations_are_drawn_and_told() -> None:
    notes = {
        "horizontal": [{"label": "limit", "value": 20}],
        "vertical": [{"label": "deployment 42", "value": "2026-03-01T10:02:00Z"}],
    }
    plain = show.dashboard({"widgets": [metric()]}, one_line)
    noted = show.dashboard(
        {"widgets": [metric(properties={"title": "Errors", "annotations": notes})]}, one_line
    )
    assert "Level limit at 20." in noted.alt and "Marked: deployment 42." in noted.alt
    assert plain.png != noted.png


def test_a_metric_without_datapoints_says_so() -> None:
    picture = show.dashboard({"widgets": [metric()]}, lambda _: [{"label": "sum", "points": []}])
    assert "Errors: no data." in picture.alt


def test_a_log_widget_over_time_is_a_chart() -> None:
    widget = {"type": "log", "properties": {"view": "timeSeries", "title": "Slow"}}
    rows = [{"bin(5m)": at, "slow": i} for i, at in enumerate(minutes(3))]
    assert "slow: lowest 0 at" in show.dashboard({"widgets": [widget]}, lambda _: rows).alt


REFUSED = {
    "explorer": ({"type": "explorer"}, "widget 1 has type 'explorer'"),
    "custom": ({"type": "custom"}, "widget 1 has type 'custom'"),
    "no type": ({}, "widget 1 has type None"),
    "pie": (metric(properties={"view": "pie"}), "view 'pie' of a metric widget"),
    "log pie": ({"type": "log", "properties": {"view": "pie"}}, "view 'pie' of a log widget"),
    "stacked": (metric(properties={"stacked": True}), "stacked"),
    "alarms": (metric(properties={"annotations": {"alarms": ["arn"]}}), "alarm annotations"),
    "too wide": (metric(x=20, y=0, width=6), "passes the grid's 24 columns"),
    "much too wide": (metric(width=25), "passes the grid's 24 columns"),
    "negative": (metric(x=-1, y=0), "x is a whole number from 0"),
    "tiny": (metric(width=2, height=2), "too small"),
}


@pytest.mark.parametrize(("widget", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_drawn_is_refused_by_name(widget: dict[str, Any], words: str) -> None:
    with pytest.raises(show.ShowError, match=words):
        show.dashboard({"widgets": [widget]}, one_line)


def test_widgets_that_lie_over_each_other_are_refused() -> None:
    with pytest.raises(show.ShowError, match="widget 2 lies over widget 1"):
        show.dashboard({"widgets": [metric(x=0, y=0), metric(x=3, y=3)]}, one_line)


@pytest.mark.parametrize("body", ["{", "[]", '{"widgets": []}'])
def test_a_body_that_is_none_is_refused(body: str) -> None:
    with pytest.raises(show.ShowError, match="dashboard body"):
        show.dashboard(body, one_line)


def test_fetch_is_not_called_for_text() -> None:
    body = {"widgets": [{"type": "text", "properties": {"markdown": "**Hello** `shop`"}}]}
    assert "text: Hello shop" in show.dashboard(body, lambda _: pytest.fail("asked")).alt
