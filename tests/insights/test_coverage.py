"""No command and no function of the language without a case in tests/queries that runs it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from course import insights
from course.insights import nodes
from course.insights.expressions import FUNCTIONS, SUMMARIES
from course.insights.saved import expand
from tests.insights.vocabulary import COMMANDS, commands_of

CASES = sorted((Path(__file__).parents[1] / "queries").glob("*.toml"))


@cache
def _queries() -> tuple[str, ...]:
    """Those that give rows, with their saved queries written out."""
    cases = [tomllib.loads(path.read_text(encoding="utf-8")) for path in CASES]
    return tuple(
        expand(case["query"], case.get("arguments", {}).get("saved", {}))
        for case in cases
        if "rows" in case
    )


@cache
def _commands_used() -> frozenset[str]:
    return frozenset(word for query in _queries() for word in commands_of(query))


@cache
def _functions_used() -> frozenset[str]:
    trees = [insights.parse(query) for query in _queries()]
    return frozenset(name for tree in trees for name in _calls(tree))


def _calls(node: Any) -> Iterator[str]:
    if isinstance(node, nodes.Call):
        yield node.name.lower()
    if isinstance(node, tuple):
        for part in node:
            yield from _calls(part)
    elif is_dataclass(node) and not isinstance(node, type):
        for each in fields(node):
            yield from _calls(getattr(node, each.name))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_case_runs_every_command(command: str) -> None:
    assert command in _commands_used(), f"no file of tests/queries runs `{command}`"


@pytest.mark.parametrize("function", sorted({*FUNCTIONS, *SUMMARIES}))
def test_a_case_calls_every_function(function: str) -> None:
    assert function in _functions_used(), f"no file of tests/queries calls `{function}`"
