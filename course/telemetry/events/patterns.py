"""Event patterns: which events a rule takes.

Follows the EventBridge User Guide: "Creating Amazon EventBridge event patterns", "Using $or",
"Arrays in event patterns", "Matching null values and empty strings". Every field named must match,
any one value of a field's array is enough, an array in the event matches by any of its elements,
and what the pattern does not name is ignored. Two fields of objects in one array must be found in
the same object. A pattern with $or stands for several patterns without it, as in AWS's engine.
The same language filters what Lambda reads from queues and streams.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from course.telemetry.events.conditions import OPERATORS, Condition, condition, refusal

Path = tuple[str, ...]
# A pattern without $or: every path with the alternatives that its array lists.
Branch = dict[Path, list[Condition]]
# The same as a tree, so that the fields of one object are looked at together.
Tree = dict[str, Any]
# Names that cannot be fields inside $or: AWS would take the object for a comparison.
RESERVED = frozenset({*OPERATORS, "exists", "exactly"})


class EventPattern:
    """A compiled pattern; `matches` says whether an event is taken."""

    def __init__(self, text: str, branches: list[Branch]) -> None:
        self.text = text
        self._trees = [_tree(branch) for branch in branches]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether an event, as json.loads gives it, satisfies the pattern."""
        there = set(_leaf_paths(event, ()))
        return any(_holds(tree, event, (), there) for tree in self._trees)


@lru_cache(maxsize=512)
def compile(text: str) -> EventPattern:
    """Read a pattern; RuleError with AWS's code and reason if it is none."""
    try:
        return EventPattern(text, _branches(_read(text), (), [{}], inside_or=False))
    except RecursionError:
        raise refusal("Nesting is too deep") from None


def _read(text: str) -> dict[str, Any]:
    try:
        written = json.loads(text)
    except ValueError:
        raise refusal("Filter is not valid JSON") from None
    if not isinstance(written, dict):
        raise refusal("Filter is not an object")
    return written


def _branches(
    written: dict[str, Any], path: Path, branches: list[Branch], *, inside_or: bool
) -> list[Branch]:
    """What `branches` become when one more object of the pattern must hold."""
    if not written:
        raise refusal("Empty objects are not allowed")
    for name, value in written.items():
        if name == "$or" and _is_or(value):
            branches = _either(value, path, branches)
        elif inside_or and name in RESERVED:
            raise refusal(f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
        elif isinstance(value, dict):
            branches = _branches(value, (*path, name), branches, inside_or=inside_or)
        elif isinstance(value, list):
            alternatives = _alternatives(value)
            branches = [{**branch, (*path, name): alternatives} for branch in branches]
        else:
            raise refusal(f'"{name}" must be an object or an array')
    return branches


def _is_or(value: Any) -> bool:
    """$or is a relationship before an array; before an object it is a field of that name."""
    return not isinstance(value, dict)


def _either(value: Any, path: Path, branches: list[Branch]) -> list[Branch]:
    if not isinstance(value, list):
        raise refusal("It must be an Array followed with $or.")
    if not all(isinstance(each, dict) for each in value):
        raise refusal("Only JSON object is allowed in array of $or relationship.")
    if len(value) < 2:
        raise refusal("There must have at least 2 Objects in $or relationship.")
    return [branch for each in value for branch in _branches(each, path, branches, inside_or=True)]


def _alternatives(listed: list[Any]) -> list[Condition]:
    if not listed:
        raise refusal("Empty arrays are not allowed")
    return [condition(each) for each in listed]


def _tree(branch: Branch) -> Tree:
    root: Tree = {}
    for path, conditions in branch.items():
        node = root
        for name in path[:-1]:
            node = node.setdefault(name, {})
        node[path[-1]] = conditions
    return root


def _leaf_paths(value: Any, path: Path) -> Iterator[Path]:
    """The paths at which the event has a value; objects and empty arrays are none."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaf_paths(inner, (*path, name))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaf_paths(inner, path)
    else:
        yield path


def _holds(tree: Tree, value: Any, path: Path, there: set[Path]) -> bool:
    """Whether one object at `path` has all the fields; of an array, whether one element has."""
    if isinstance(value, list) and value:
        return any(_holds(tree, each, path, there) for each in value)
    fields = value if isinstance(value, Mapping) else {}
    return all(
        _holds(wanted, fields.get(name), (*path, name), there)
        if isinstance(wanted, dict)
        else _is_met(wanted, name in fields, fields.get(name), (*path, name), there)
        for name, wanted in tree.items()
    )


def _is_met(
    conditions: list[Condition], present: bool, value: Any, path: Path, there: set[Path]
) -> bool:
    values = list(_values(value)) if present else []
    return any(
        path not in there if each.wants_absence else any(map(each.test, values))
        for each in conditions
    )


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _values(each)
    elif not isinstance(value, Mapping):
        yield value
