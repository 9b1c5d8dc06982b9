"""No command and no function of the language without a case in tests/queries that runs it."""

from __future__ import annotations

import ast
import sys
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
from tests.insights.test_queries import CASES, loaded, search
from tests.insights.vocabulary import COMMANDS, commands_of

# The function pages of the CloudWatch Logs User Guide; `strftime` is a second name.
_DOCUMENTED = """
    abs ceil floor greatest least log sqrt round haversine toNumber toInt toLong toDouble
    bin datefloor dateceil fromMillis toMillis now parseDate formatDate strftime
    ispresent coalesce case if isNumeric messageSize queryStartTime queryEndTime queryTimeRange
    jsonParse jsonStringify jsonArraySize jsonArrayContains
    isValidIp isValidIpV4 isValidIpV6 isIpInSubnet isIpv4InSubnet isIpv6InSubnet ipv4ToNumber
    isPrivateIP isPublicIP isReservedIP
    isempty isblank concat ltrim rtrim trim strlen toupper tolower substr replace regexReplace
    strcontains startsWith endsWith urlencode urldecode base64encode base64decode split
    hexToAscii hexToDec decToHex
    md5 sha256
    avg count countDistinct max min pct stddev sum values variance topk
    earliest latest sortsFirst sortsLast
    rate countOverTime sumOverTime histogram
"""
DOCUMENTED = tuple(_DOCUMENTED.split())
_MAKERS = ("QueryError", "NoLogGroup")


@cache
def _queries() -> tuple[str, ...]:
    """Those that give rows, with their saved queries written out."""
    cases = [loaded(path) for path in CASES]
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


# What no file can hold, and where it is tested instead.
ELSEWHERE = {
    "The query holds a character that is no text": "test_parser.py",
    "A query has at most ": "test_parser.py",
    "SOURCE finds more than ": "test_tables.py",
}


def _raised() -> dict[tuple[str, int], str]:
    """Each place of the package that makes a QueryError: the beginning of its message."""
    found = {}
    for path in sorted(Path(insights.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "QueryError",
                "NoLogGroup",
            ):
                for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
                    found[path.name, line] = f"{path.name}:{node.lineno} {_beginning(node)}"
    return found


def _beginning(call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    if isinstance(first, ast.JoinedStr):
        first = first.values[0]
    return str(first.value) if isinstance(first, ast.Constant) else ""


def test_a_case_reaches_every_error(monkeypatch: pytest.MonkeyPatch) -> None:
    raised, reached = _raised(), set()
    make = insights.QueryError.__init__

    def noted(self: insights.QueryError, *args: Any, **kwargs: Any) -> None:
        frame = sys._getframe(1)
        place = Path(frame.f_code.co_filename).name, frame.f_lineno
        reached.add(raised.get(place, ""))
        make(self, *args, **kwargs)

    monkeypatch.setattr(insights.QueryError, "__init__", noted)
    for case in map(loaded, CASES):
        if "error" in case:
            with pytest.raises(insights.QueryError):
                search(case)
    missing = {site for site in raised.values() if site not in reached}
    missing = {site for site in missing if not any(text in site for text in ELSEWHERE)}
    assert not missing, f"no file of tests/queries ends in {sorted(missing)}"


@pytest.mark.parametrize("function", DOCUMENTED)
def test_every_documented_function_exists(function: str) -> None:
    assert function.lower() in {*FUNCTIONS, *SUMMARIES}


def test_the_documented_functions_are_eighty_eight() -> None:
    assert len(set(DOCUMENTED)) == 88 + len(("strftime",))
