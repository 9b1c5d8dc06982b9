"""The picture of a power tuning: durations and costs by memory size."""

from __future__ import annotations

from typing import Any

import pytest

from course import show

ROWS = [
    {
        "memory_mb": memory,
        "duration_p50_ms": duration,
        "duration_p95_ms": duration * 1.1,
        "cost_per_million_usd": cost,
    }
    for memory, duration, cost in ((128, 1400.0, 3.1), (512, 350.0, 3.0), (1769, 101.0, 3.4))
]


def test_a_tuning_shows_its_numbers_and_says_them() -> None:
    picture = show.tuning(ROWS, title="Checkout")
    assert picture.png.startswith(b"\x89PNG")
    assert picture.data["memory_mb"] == [128, 512, 1769]
    assert "512 MB 350 ms and 3 USD" in picture.alt
    assert picture.alt.endswith("Fastest at 1,769 MB, cheapest at 512 MB.")
    assert show.tuning(ROWS, title="Checkout").png == picture.png


@pytest.mark.parametrize("rows", [[], ROWS[:1]])
def test_one_size_is_no_comparison(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(show.ShowError, match="at least two"):
        show.tuning(rows, title="Checkout")
