"""Search expressions by their case file, and the tokens that the guide lists."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from course.telemetry import search
from course.telemetry.errors import RuleError

FILE = tomllib.loads(Path(__file__).with_name("search.toml").read_text())
METRICS = {name: search.Metric(*each) for name, each in FILE["metrics"].items()}


@pytest.mark.parametrize("case", FILE["case"], ids=lambda case: case["of"])
def test_search(case: dict[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(RuleError) as caught:
            search.compile(case["of"])
        assert case["error"] in caught.value.message
        return
    finds = search.compile(case["of"])
    assert [name for name, metric in METRICS.items() if finds(metric)] == case["finds"]


def test_the_case_file_is_large_enough() -> None:
    assert len(FILE["case"]) >= 40


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("CustomCount1", ("Custom", "Count", "1")),
        ("SDBFailure", ("SDB", "Failure")),
        ("Project2-trial333", ("Project", "2", "trial", "333")),
        ("Network-Errors_2", ("Network", "Errors", "2")),
    ],
)
def test_tokens_of_the_guide(name: str, tokens: tuple[str, ...]) -> None:
    assert search.tokens(name) == tokens


def test_labels_are_what_differs() -> None:
    found = [METRICS["errorsA"], METRICS["errorsB"]]
    assert search.labels(found) == ["cart-ProjectA", "cart-ProjectB"]
    assert search.labels([METRICS["errorsA"], METRICS["callsA"]]) == ["Errors", "Invocations"]
    assert search.labels([METRICS["errorsA"]]) == ["Errors"]
    assert search.labels([METRICS["count"], METRICS["errorsA"]]) == [
        "MyNamespace CustomCount1",
        "AWS/Lambda Errors cart-ProjectA",
    ]
