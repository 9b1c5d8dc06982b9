"""The committed data sets."""

from __future__ import annotations

from pathlib import Path

import pandas
import pytest

from course import data
from course.incidents import build, packing

DIRECTORY = Path(data.__file__).parent


def test_the_committed_data_is_a_fresh_build() -> None:
    assert build.check(DIRECTORY) == []
    assert data.names() == sorted(build.WORLDS)


def test_it_is_small_and_large_enough() -> None:
    size = sum((DIRECTORY / "checkout" / file).stat().st_size for file in packing.FILES)
    assert size <= 1_000_000
    assert len(data.load("checkout").logs) >= 20_000


def test_it_gives_no_answer_away() -> None:
    assert data.load("checkout").story == {}
    for file in packing.FILES:
        text = packing.text(DIRECTORY / "checkout", file)
        assert "serializer" not in text and "noisy" not in text


def test_a_world_is_read_once() -> None:
    assert data.load("checkout") is data.load("checkout")


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(data.UnknownData, match="no data set 'chekout'; there are: checkout"):
        data.load("chekout")


def test_events_of_one_group_are_copies() -> None:
    found = data.events("checkout", "/aws/lambda/payment")
    assert {event["logGroupName"] for event in found} == {"/aws/lambda/payment"}
    found[0]["message"] = "changed"
    assert data.events("checkout", "/aws/lambda/payment")[0]["message"] != "changed"
    assert len(data.events("checkout")) == len(data.load("checkout").logs)


def test_an_unknown_group_lists_those_there_are() -> None:
    with pytest.raises(data.UnknownData, match="no log group '/aws/lambda/pay'; it has: /aws/api"):
        data.events("checkout", "/aws/lambda/pay")


def test_a_frame_has_times_as_times() -> None:
    table = data.frame("checkout", "/shop/terminal")
    assert list(table.columns) == ["timestamp", "message", "logStreamName", "logGroupName"]
    assert str(table["timestamp"].dtype).startswith("datetime64")
    assert pandas.Timestamp("2026-03-17 08:00") <= table["timestamp"].min()
    assert table["timestamp"].is_monotonic_increasing
