"""Dashboards of an hour: each cause shows in its own number, and in no other cause's."""

from __future__ import annotations

import pandas as pd
import pytest

from course.incidents import boards

SEEDS = ("public", "k7")
seeds = pytest.mark.parametrize("seed", SEEDS)


def lasting(hour: pd.DataFrame) -> pd.Series:
    """What most of some five minutes reach, in multiples of what is usual."""
    numbers = hour.drop(columns="time").ffill()
    return numbers.rolling(5).median().max() / numbers.median().clip(lower=1)


def worst_hit_ratio(hour: pd.DataFrame) -> float:
    asked = hour[["cache_hits", "cache_misses"]].rolling(5).sum()
    return float((asked.cache_hits / asked.sum(axis=1, min_count=2)).min())


@seeds
@pytest.mark.parametrize("cause", (*boards.CAUSES, boards.QUIET))
def test_a_cause_shows_in_its_own_number(cause: str, seed: str | int) -> None:
    hour = boards.board(cause, seed)
    assert len(hour) == boards.LENGTH
    level = lasting(hour)
    assert (level.payment_ms > 5) == (cause == "card_provider")
    assert (level.table_throttled > 2) == (cause == "hot_partition")
    assert (level.requests > 5) == (cause == "search_hammer")
    assert (worst_hit_ratio(hour) < 0.2) == (cause == "cache_flush")


@seeds
def test_misses_alone_do_not_tell_a_flush_from_a_hammer(seed: str | int) -> None:
    flushed, hammered = (boards.board(cause, seed) for cause in ("cache_flush", "search_hammer"))
    peaks = [hour.cache_misses.rolling(5).median().max() for hour in (flushed, hammered)]
    assert max(peaks) < 4 * min(peaks)


def test_equal_seeds_give_equal_hours_that_may_be_changed() -> None:
    first = boards.board("cache_flush", 3)
    first["requests"] = 0
    assert boards.board("cache_flush", 3).requests.sum() > 0
    assert not boards.board("cache_flush", 3).equals(boards.board("cache_flush", 4))


def test_an_unknown_cause_is_refused() -> None:
    with pytest.raises(ValueError, match="there are: card_provider"):
        boards.board("sunspots", 1)
