"""What both tabs of the query pane are built of: a time range, messages, calls that may fail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from typing import Any

import ipywidgets as widgets
from botocore.exceptions import BotoCoreError, ClientError

from course.account import AccountClosed, NotSimulated
from course.insights import QueryError

from .picture import Picture, ShowError
from .tables import Table

MOST_ROWS = 100
CUSTOM = 0
RANGES = {
    "Last 5 minutes": 5,
    "Last 30 minutes": 30,
    "Last 1 hour": 60,
    "Last 3 hours": 180,
    "Last 12 hours": 720,
    "Last 24 hours": 1440,
    "From and to": CUSTOM,
}
WIDE = "98%"
_WORDS_WIDTH = {"description_width": "8.5em"}


class Refused(Exception):
    """What was asked cannot be answered; the message is for the reader, and may have lines."""


def labelled(kind: Any, label: str, **settings: Any) -> Any:
    """An input with its label before it, as wide as the pane."""
    layout = widgets.Layout(width=settings.pop("width", WIDE))
    return kind(description=label, style=_WORDS_WIDTH, layout=layout, **settings)


def run_button(what: str) -> Any:
    return widgets.Button(
        description=f"{what} (Shift+Enter)",
        tooltip="Shift+Enter in the field above does the same",
        layout=widgets.Layout(width="auto", margin="4px 0 4px 9em", align_self="flex-start"),
        button_style="primary",
    )


class TimeRange:
    """A choice of ranges that end at the account's time, or two times, all UTC."""

    def __init__(self) -> None:
        self.choice = labelled(
            widgets.Dropdown, "Time range", options=RANGES, value=60, width="22em"
        )
        self.start = labelled(widgets.NaiveDatetimePicker, "From (UTC)", width="24em")
        self.end = labelled(widgets.NaiveDatetimePicker, "To (UTC)", width="24em")
        self.choice.observe(lambda _: self._show(), "value")
        self._show()
        times = widgets.HBox([self.start, self.end], layout=widgets.Layout(flex_flow="row wrap"))
        self.box = widgets.VBox([self.choice, times])

    def _show(self) -> None:
        """The two times follow the choice, so that "From and to" begins with what was seen."""
        custom = self.choice.value == CUSTOM
        if not custom:
            self.start.value, self.end.value = (_naive(each) for each in self._relative())
        self.start.disabled = self.end.disabled = not custom

    def _relative(self) -> tuple[int, int]:
        now = int(time.time())
        return now - 60 * self.choice.value, now

    def seconds(self) -> tuple[int, int]:
        """Epoch seconds of both ends, from the account's time as it is now."""
        if self.choice.value != CUSTOM:
            self._show()
            return self._relative()
        if self.start.value is None or self.end.value is None:
            raise Refused("The time range is not complete: give both From and To (UTC).")
        start, end = (
            int(t.replace(tzinfo=UTC).timestamp()) for t in (self.start.value, self.end.value)
        )
        if end <= start:
            raise Refused("The time range is empty: From must lie before To.")
        return start, end


def _naive(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


@contextmanager
def refusing() -> Iterator[None]:
    """Whatever an account answers instead of a result becomes a message."""
    try:
        yield
    except ClientError as error:
        told = error.response["Error"]
        raise Refused(f"{told['Code']}: {told['Message']}") from None
    except AccountClosed:
        raise Refused("No account is open: run the notebook's set-up cell first.") from None
    except (BotoCoreError, NotSimulated, QueryError, ShowError) as error:
        raise Refused(str(error)) from None


def problem(message: str) -> str:
    """A message as HTML: read aloud at once, its lines (the caret's place) kept as they are."""
    look = "border-left: 4px solid #D55E00; padding: 4px 10px; white-space: pre-wrap; margin: 4px 0"
    font = "font-family: var(--jp-code-font-family, monospace); line-height: 1.4"
    return f'<pre role="alert" style="{look}; {font}"><b>Error.</b> {_marked(message)}</pre>'


def _marked(message: str) -> str:
    """The text above a line of carets is underlined as well: easier to see than the carets."""
    lines = message.split("\n")
    shown = [escape(line) for line in lines]
    for number, line in enumerate(lines[1:], 1):
        if line.strip() and not line.strip("^ "):
            first, last = line.index("^"), line.rindex("^") + 1
            above = lines[number - 1]
            shown[number - 1] = (
                f"{escape(above[:first])}<mark>{escape(above[first:last])}</mark>"
                f"{escape(above[last:])}"
            )
    return "\n".join(shown)


def status(words: str) -> str:
    return f'<p role="status" style="margin: 2px 0">{escape(words)}</p>'


def framed(table: Table, label: str) -> str:
    """A table that scrolls inside its frame, also by the keyboard, with JupyterLab's own look."""
    look = "overflow: auto; max-height: 26em; margin: 4px 0"
    inside = table.html.replace("<table>", '<table style="margin: 0">', 1)
    named = f'role="region" tabindex="0" aria-label="{escape(label)}"'
    return f'<div class="jp-RenderedHTMLCommon" {named} style="{look}">{inside}</div>'


def drawn(picture: Picture) -> str:
    """A picture with its description, never wider than the pane."""
    bundle, _ = picture._repr_mimebundle_()
    return bundle["text/html"].replace("<img ", '<img style="max-width: 100%; height: auto" ', 1)
