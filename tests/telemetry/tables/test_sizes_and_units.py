"""Sizes of items, and the units that they cost."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.telemetry.tables.indexes import GLOBAL, Index
from course.telemetry.tables.sizes import item_size, number_size, value_size
from course.telemetry.tables.units import Consistency, change_units, read_units, write_units


@pytest.mark.parametrize(
    ("number", "size"),
    [
        ("0", 1),
        ("1", 2),
        ("-1", 3),
        ("27", 2),
        ("-27", 3),
        ("461", 3),
        ("123456", 4),
        ("100", 2),
        ("1E125", 2),
        ("1E-130", 2),
        ("1.5", 3),
        ("3.14159", 5),
        ("0042.1200", 3),
        ("1000000.1", 6),
        ("1.0005", 4),
        ("0.0005", 2),
        ("1230", 3),
        ("1786461547", 6),
        ("9" * 38, 20),
        ("-" + "9" * 38, 21),
    ],
)
def test_numbers_pair_their_digits_on_either_side_of_the_point(number: str, size: int) -> None:
    assert number_size(number) == size


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "text"}, 4),
        ({"S": "Zürich"}, 7),
        ({"S": ""}, 0),
        ({"B": b"\x00\x01"}, 2),
        ({"B": "AAE="}, 2),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + (1 + 2) + (1 + 2)),
        ({"M": {"key": {"S": "ab"}}}, 3 + 1 + 3 + 2),
        ({"M": {"k": {"L": [{"BOOL": True}]}}}, 3 + 1 + 1 + (3 + 1 + 1)),
        ({"SS": ["a", "bcd"]}, 4),
        ({"NS": ["1", "-27"]}, 5),
        ({"BS": [b"ab", "AAE="]}, 4),
    ],
)
def test_values_have_the_guides_sizes(value: dict[str, Any], size: int) -> None:
    assert value_size(value) == size


def test_an_item_is_its_names_and_values() -> None:
    assert item_size({}) == 0
    assert item_size({"pk": {"S": "a"}, "größe": {"N": "12"}}) == (2 + 1) + (7 + 2)


@pytest.mark.parametrize(
    ("size", "eventual", "strong", "transactional", "written"),
    [
        (0, 0.5, 1, 2, 1),
        (1024, 0.5, 1, 2, 1),
        (1025, 0.5, 1, 2, 2),
        (4096, 0.5, 1, 2, 4),
        (4097, 1, 2, 4, 5),
        (409_600, 50, 100, 200, 400),
    ],
)
def test_units(
    size: int, eventual: float, strong: float, transactional: float, written: float
) -> None:
    assert read_units(size) == eventual
    assert read_units(size, Consistency.STRONG) == strong
    assert read_units(size, Consistency.TRANSACTIONAL) == transactional
    assert write_units(size) == written
    assert write_units(size, transactional=True) == 2 * written


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=20))
def test_reading_together_costs_at_most_what_reading_apart_costs(sizes: list[int]) -> None:
    together, apart = read_units(sum(sizes)), sum(map(read_units, sizes))
    assert together <= apart


@given(before=st.none() | st.integers(0, 9000), after=st.none() | st.integers(0, 9000))
def test_a_change_costs_what_the_larger_item_costs(before: int | None, after: int | None) -> None:
    assert change_units(before, after) == write_units(max(before or 0, after or 0))
    assert change_units(before, after) == change_units(after, before) >= 1


# -- indexes ---------------------------------------------------------------------------------------

KEYS = ("pk",)
SLIM = Index("slim", GLOBAL, ("status",), ("status",), frozenset(("status", "pk", "note")))
FULL = Index("full", GLOBAL, ("status", "day"), ("status",), None)


def item(**values: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}


def test_an_index_is_read_from_its_description() -> None:
    described = {
        "IndexName": "slim",
        "KeySchema": [{"AttributeName": "status", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["note"]},
    }
    assert Index.of(GLOBAL, described, KEYS) == SLIM
    keys_only = {**described, "Projection": {"ProjectionType": "KEYS_ONLY"}}
    assert Index.of(GLOBAL, keys_only, KEYS).projected == frozenset(("status", "pk"))
    everything = {**described, "Projection": {"ProjectionType": "ALL"}}
    assert Index.of(GLOBAL, everything, KEYS).projected is None


@pytest.mark.parametrize(
    ("before", "after", "slim", "full"),
    [
        (None, item(pk="a"), 0, 0),
        (None, item(pk="a", status="open"), 1, 0),
        (None, item(pk="a", status="open", day="1"), 1, 1),
        (item(pk="a", status="open", day="1"), item(pk="a", status="done", day="1"), 2, 2),
        (item(pk="a", status="open", day="1"), item(pk="a", status="open", day="2"), 0, 2),
        (item(pk="a", status="open", day="1"), item(pk="a", status="open", day="1", x="y"), 0, 1),
        (item(pk="a", status="open"), item(pk="a", status="open", note="n"), 1, 0),
        (item(pk="a", status="open", day="1"), item(pk="a", day="1"), 1, 1),
        (item(pk="a", status="open", day="1"), None, 1, 1),
        (item(pk="a", status="open", day="1"), item(pk="a", status="open", day="1"), 0, 0),
        (item(pk="a", status="o", note="n" * 3000), item(pk="a", status="p", note="n"), 3 + 1, 0),
    ],
)
def test_what_a_change_costs_an_index(
    before: dict[str, Any] | None, after: dict[str, Any] | None, slim: float, full: float
) -> None:
    assert SLIM.write_units(before, after) == slim
    assert FULL.write_units(before, after) == full
    assert SLIM.write_units(before, after, transactional=True) == 2 * slim


IMAGES = st.none() | st.fixed_dictionaries(
    {"pk": st.just({"S": "a"})},
    optional={
        name: st.sampled_from([{"S": "x"}, {"S": "y" * 1500}]) for name in ("status", "day", "note")
    },
)


@given(before=IMAGES, after=IMAGES)
def test_an_index_costs_the_same_forth_and_back(before: Any, after: Any) -> None:
    for index in (SLIM, FULL):
        assert index.write_units(before, after) == index.write_units(after, before)
