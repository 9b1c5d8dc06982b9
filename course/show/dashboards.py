"""A CloudWatch dashboard drawn from its body: `dashboard`.

Follows "Dashboard body structure and syntax" (CloudWatch API reference): a grid of 24 columns,
widgets of 6 by 6 unless they say otherwise, placed from the top left where they give no position.
Drawn are metric widgets (views timeSeries, singleValue and bar, horizontal and vertical
annotations), text, log (views table and timeSeries) and alarm widgets. Explorer and custom widgets,
stacked, gauge, pie and table views of metrics and alarm annotations are refused by name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .panels import draw_panel, known_widget
from .picture import Picture, ShowError
from .sheet import figure, finish, style
from .words import listing

COLUMNS = 24
_WIDTH, _ROW, _HEAD, _EDGE = 10.0, 0.38, 0.45, 0.12  # inches
_DEFAULT_SIZE = 6


def dashboard(
    body: str | Mapping[str, Any],
    fetch: Callable[[Mapping[str, Any]], Any],
    *,
    title: str = "Dashboard",
) -> Picture:
    """The widgets of a dashboard body, each where the body puts it.

    body: what PutDashboard takes, as JSON text or already read.
    fetch: called with each widget except text; returns plain data:
        metric: a list of {"label": str, "points": [(time, value or None), ...]};
        log: rows (dicts or a DataFrame; for timeSeries the first column is time);
        alarm: a list of {"name": str, "state": "OK" | "ALARM" | "INSUFFICIENT_DATA"}.
    Raises ShowError naming the widget for anything that is not drawn, or lies outside the grid.
    """
    placed = _placed(_read(body))
    rows = max(y + height for _, (_, y, _, height) in placed)
    inches = rows * _ROW + _HEAD + _EDGE
    with style():
        sheet = figure(title, height=inches, width=_WIDTH, packed=False)
        told = []
        for widget, place in placed:
            given = None if widget["type"] == "text" else fetch(widget)
            told.append(draw_panel(sheet, _inches(place, inches), widget, given))
        words = [f"{kind}: {text}" for kind, text, _ in told]
        alt = f"{title}. Dashboard of {len(told)} widgets. " + " | ".join(words)
        panels = [{"type": kind, "place": place, "data": plain}
                  for (kind, _, plain), (_, place) in zip(told, placed, strict=True)]  # fmt: skip
        return finish(sheet, alt, {"kind": "dashboard", "title": title, "widgets": panels})


def _read(body: str | Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except json.JSONDecodeError as error:
            raise ShowError(f"the dashboard body is not JSON: {error}") from None
    widgets = body.get("widgets") if isinstance(body, Mapping) else None
    if not isinstance(widgets, Sequence) or not widgets:
        raise ShowError('a dashboard body needs "widgets", a list with at least one widget')
    for at, widget in enumerate(widgets):
        known_widget(widget, at)
    return list(widgets)


def _placed(widgets: Sequence[Mapping[str, Any]]) -> list[tuple[Any, tuple[int, int, int, int]]]:
    taken: list[tuple[int, int, int, int]] = []
    for at, widget in enumerate(widgets):
        width, height = (_whole(widget, key, at, 1) for key in ("width", "height"))
        if "x" in widget or "y" in widget:
            place = (_whole(widget, "x", at, 0), _whole(widget, "y", at, 0), width, height)
        else:
            place = _next_free(taken, width, height)
        if place[0] + width > COLUMNS:
            text = f"x {place[0]} + width {width} passes the grid's {COLUMNS} columns"
            raise ShowError(f"widget {at + 1}: {text}")
        if over := [i for i, other in enumerate(taken) if _overlap(place, other)]:
            raise ShowError(
                f"widget {at + 1} lies over widget {listing([str(i + 1) for i in over])}"
            )
        taken.append(place)
    return list(zip(widgets, taken, strict=True))


def _whole(widget: Mapping[str, Any], key: str, at: int, least: int) -> int:
    value = widget.get(key, _DEFAULT_SIZE if least else 0)
    if not isinstance(value, int) or value < least:
        raise ShowError(f"widget {at + 1}: {key} is a whole number from {least} on, not {value!r}")
    return value


def _next_free(taken: list[tuple[int, int, int, int]], width: int, height: int) -> Any:
    for y in range(sum(place[3] for place in taken) + 1):
        for x in range(COLUMNS - min(width, COLUMNS) + 1):
            if not any(_overlap((x, y, width, height), other) for other in taken):
                return (x, y, width, height)
    return (0, 0, width, height)  # only when the grid is empty and the widget too wide


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    apart = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0] or a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
    return not apart


def _inches(place: tuple[int, int, int, int], total: float) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of a widget on the figure."""
    x, y, width, height = place
    column = (_WIDTH - 2 * _EDGE) / COLUMNS
    bottom = total - _HEAD - (y + height) * _ROW
    return _EDGE + x * column, bottom, width * column, height * _ROW
