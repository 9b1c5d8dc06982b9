"""Which test shows which behaviour of the account: the marker, and the rows of docs/account.md.

    @behaviour("logs.metric_filter_publishes")
    def test_a_metric_filter_publishes_at_the_full_minute(...): ...

Every behaviour has one row in behaviour_rows/<service>.toml and at least one marked test, anywhere
under tests/. `python -m tools.account_page` puts both together into docs/account.md.

    [[row]]
    id = "logs.metric_filter_publishes"
    service = "CloudWatch Logs"          # the heading it stands under
    behaviour = "A metric filter publishes a metric every minute"
    moto = "silent"                      # what moto alone does: one of MOTO
    here = "works"                       # one of HERE
    note = "..."                         # optional: a limit, or what to use instead
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

TESTS = Path(__file__).resolve().parents[1]
ROWS = Path(__file__).resolve().parent / "behaviour_rows"
MOTO = ("works", "partial", "silent", "refuses", "wrong")
HERE = ("works", "refuses")
Function = TypeVar("Function", bound=Callable[..., Any])


def behaviour(*ids: str) -> Callable[[Function], Function]:
    """Say that a test shows these behaviours; it is read from the source, and does nothing."""
    return lambda function: function


@dataclass(frozen=True)
class Row:
    """One behaviour: what moto alone does about it, and what this account does."""

    id: str
    service: str
    behaviour: str
    moto: str
    here: str
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """A test that shows a behaviour; path is relative to tests/."""

    id: str
    path: str
    test: str


def rows() -> list[Row]:
    """Every row, in the order of the files and of the rows in them; TypeError for a bad one."""
    return [
        Row(**row)
        for path in sorted(ROWS.glob("*.toml"))
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["row"]
    ]


def shown() -> list[Shown]:
    """Every marker in the tests' source, sorted by path and then as in the file."""
    return [
        Shown(id, path.relative_to(TESTS).as_posix(), test)
        for path in sorted(TESTS.rglob("test_*.py"))
        for id, test in _marked(ast.parse(path.read_text(encoding="utf-8")))
    ]


def _marked(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "behaviour":
                    yield from ((ast.literal_eval(id), node.name) for id in mark.args)
