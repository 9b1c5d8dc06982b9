"""Metrics Insights by its case file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from course.telemetry import metrics_insights
from course.telemetry.errors import RuleError

FILE = tomllib.loads(Path(__file__).with_name("metrics_insights.toml").read_text())
TIMES = (0, 60)


def records(values: list[list[float]]) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": at * 1000,
            "unit": "Count",
            "resolution": 60,
            "values": [float(value) for value in held],
            "counts": [1.0] * len(held),
        }
        for at, held in zip(TIMES, values, strict=True)
        if held
    ]


@pytest.mark.parametrize("case", FILE["case"], ids=lambda case: case["of"])
def test_query(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(RuleError) as caught:
            metrics_insights.parse(case["of"])
        assert case["error"] in caught.value.message
        return
    query = metrics_insights.parse(case["of"])
    found = metrics_insights.run(
        query,
        [
            (each["key"][2], records(each["values"]))
            for each in FILE["metric"]
            if query.takes(*each["key"])
        ],
        period=60,
        start=0,
        end=120,
        now=120,
    )
    assert [label for label, _ in found] == list(case["lines"])
    for (_, line), values in zip(found, case["lines"].values(), strict=True):
        wanted = [(at, v) for at, v in zip(TIMES, values, strict=True) if v != "-"]
        assert [at for at, _ in line] == [at for at, _ in wanted]
        assert [v for _, v in line] == pytest.approx([v for _, v in wanted])
