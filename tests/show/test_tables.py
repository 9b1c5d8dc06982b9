"""Tables: escaped, captioned, and honest about what they leave out."""

from __future__ import annotations

from html.parser import HTMLParser

import pandas as pd

from course import show


class Tags(HTMLParser):
    """The tags of a text, and the words between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_everything_is_escaped() -> None:
    evil = '<script>alert("1")</script>'
    shown = show.table(pd.DataFrame({evil: [evil]}), evil)
    read = Tags(shown.html)
    assert set(read.tags) == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert read.words == [f"{evil} (1 row)", evil, evil]


def test_it_says_how_many_rows_there_are() -> None:
    frame = pd.DataFrame({"n": range(240)})
    shown = show.table(frame, "Minutes", rows=3)
    assert len(shown) == 3 and "Minutes (first 3 of 240 rows)" in shown.html
    assert str(shown).splitlines() == ["Minutes (first 3 of 240 rows)", "n", "-", "0", "1", "2"]


def test_numbers_times_and_missing_values_read_well() -> None:
    frame = pd.DataFrame(
        {
            "time": pd.to_datetime(["2026-03-01 10:00:00.250", None]),
            "ms": [1234567.5, None],
            "n": [26000, 1],
            "ok": [True, False],
            "text": ["a", None],
        }
    )
    rows = show.table(frame, "Mixed").data["rows"]
    assert rows[0] == ["2026-03-01 10:00:00.250", "1,234,567.5", "26,000", "True", "a"]
    assert rows[1] == ["–", "–", "1", "False", "–"]


def test_text_columns_line_up_with_numbers_on_the_right() -> None:
    lines = str(show.table({"fn": ["pay", "checkout"], "n": [5, 120]}, "Calls")).splitlines()
    assert lines[1:] == ["fn          n", "--------  ---", "pay         5", "checkout  120"]


def test_an_empty_frame_keeps_its_header() -> None:
    shown = show.table(pd.DataFrame({"a": []}), "None")
    assert len(shown) == 0 and "(0 rows)" in str(shown) and ">a</th>" in shown.html
