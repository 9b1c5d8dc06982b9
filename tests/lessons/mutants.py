"""Small faults put into a reference answer, one at a time, as students and typing errors make them.

Only code is changed, never a docstring, an error text or a comment. A mutant that behaves like the
reference (an `equivalent` one) cannot be killed; the contract asks for 90 % to leave room for those.
"""

from __future__ import annotations

import ast
import copy
import random
import re
from collections.abc import Callable, Iterator

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
}
SWAPS = [(" desc", " asc"), (" and ", " or "), (" AND ", " OR "), (">", "<"), ("!=", "=")]
SWAPS += [("max(", "min("), ("Sum", "SampleCount"), ("&&", "||"), ("ALARM", "OK"), ("* ", "/ ")]
# Text that only people read: changing it changes nothing that a check could judge.
FOR_PEOPLE = {"AlarmDescription", "filterName", "RuleName"}
ENOUGH = 30


def mutants(answer: str, seed: int = 0) -> list[str]:
    """At most ENOUGH different mutants of an answer cell, the same for the same seed."""
    tree = ast.parse(answer)
    made = {ast.unparse(tree)}
    found = []
    for mutated in _all(tree):
        text = ast.unparse(ast.fix_missing_locations(mutated))
        if text not in made:
            made.add(text)
            found.append(text)
    random.Random(seed).shuffle(found)
    return found[:ENOUGH]


def _all(tree: ast.Module) -> Iterator[ast.Module]:
    skipped = _not_code(tree)
    for index, node in enumerate(ast.walk(tree)):
        if id(node) in skipped:
            continue
        for change in _changes(node):
            twin = copy.deepcopy(tree)
            change(list(ast.walk(twin))[index])
            yield twin


def _not_code(tree: ast.Module) -> set[int]:
    """Docstrings, annotations, and the texts behind keys that only people read."""
    found: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            found.update(
                id(n) for n in ast.walk(body[0]) if isinstance(body[0].value, ast.Constant)
            )
        if isinstance(node, ast.keyword) and node.arg in FOR_PEOPLE:
            found.update(id(n) for n in ast.walk(node.value))
        for part in ("annotation", "returns"):
            if getattr(node, part, None) is not None:
                found.update(id(n) for n in ast.walk(getattr(node, part)))
    return found


def _changes(node: ast.AST) -> Iterator[Callable[[ast.AST], None]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        yield lambda n: n.ops.__setitem__(0, COMPARISONS[type(n.ops[0])]())  # type: ignore[attr-defined]
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield lambda n: setattr(n, "op", ARITHMETIC[type(n.op)]())  # type: ignore[attr-defined]
    if isinstance(node, ast.BoolOp):
        yield lambda n: setattr(n, "op", _other_bool(n.op))  # type: ignore[attr-defined]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield lambda n: setattr(n, "op", ast.UAdd())
    if isinstance(node, ast.Constant):
        yield from _constants(node.value)
    if isinstance(node, ast.Return) and node.value is not None:
        yield lambda n: setattr(n, "value", ast.Constant(None))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        yield lambda n: setattr(n, "value", ast.Constant(None))


def _other_bool(op: ast.boolop) -> ast.boolop:
    return ast.Or() if isinstance(op, ast.And) else ast.And()


def _constants(value: object) -> Iterator[Callable[[ast.AST], None]]:
    for other in _other_values(value):
        yield lambda n, other=other: setattr(n, "value", other)  # type: ignore[misc]


def _other_values(value: object) -> Iterator[object]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield value * 10 + 3
    elif isinstance(value, str) and value:
        yield from _other_texts(value)


def _other_texts(value: str) -> Iterator[str]:
    """Other texts in place of one; a query loses a stage, swaps a word, changes a number."""
    if "|" in value:
        stages = value.split("|")
        yield from ("|".join(stages[:n] + stages[n + 1 :]) for n in range(len(stages)))
    else:
        yield value + "x"
    for before, after in SWAPS:
        yield from (_put(value, found, after) for found in re.finditer(re.escape(before), value))
    for number in re.finditer(r"(?<![\w.])\d+(?![\w.])", value):
        yield _put(value, number, str(int(number[0]) * 10 + 7))


def _put(text: str, found: re.Match[str], other: str) -> str:
    return text[: found.start()] + other + text[found.end() :]
