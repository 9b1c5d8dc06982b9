"""Which resource or route a request is for.

A literal part of a path goes before `{parameter}`, and that before the greedy `{proxy+}`; a method
goes before ANY. REST APIs choose the resource first and answer for it, whether it has the method or
not ("Set up a proxy integration with a proxy resource"); HTTP APIs go on to a greedier route that
has it, and to `$default` at last ("Create routes for HTTP APIs"). Repeated and trailing slashes of
a path do not matter, as was recorded for REST APIs; that HTTP APIs are stricter is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote

Target = TypeVar("Target")
Found = tuple[Target, dict[str, str]]
ANY = "ANY"


@dataclass
class _Node(Generic[Target]):
    literal: dict[str, _Node[Target]] = field(default_factory=dict)
    parameter: dict[str, _Node[Target]] = field(default_factory=dict)
    greedy: dict[str, _Node[Target]] = field(default_factory=dict)
    methods: dict[str, Target] = field(default_factory=dict)


class Router(Generic[Target]):
    """Targets by path and method. falls_back: a greedier route may stand in (HTTP APIs)."""

    def __init__(self, *, falls_back: bool) -> None:
        self._root: _Node[Target] = _Node()
        self._falls_back = falls_back
        self.default: Target | None = None

    def add(self, method: str, path: str, target: Target) -> None:
        node = self._root
        for part in _parts(path):
            if part.startswith("{") and part.endswith("+}"):
                node = node.greedy.setdefault(part[1:-2], _Node())
            elif part.startswith("{") and part.endswith("}"):
                node = node.parameter.setdefault(part[1:-1], _Node())
            else:
                node = node.literal.setdefault(part, _Node())
        node.methods[method] = target

    def match(self, method: str, path: str) -> Found[Target] | None:
        """The target of a request and its path parameters; None when there is none."""
        for node, parameters in _walk(self._root, [unquote(part) for part in _parts(path)], {}):
            target = node.methods.get(method, node.methods.get(ANY))
            if target is not None:
                return target, parameters
            if not self._falls_back and node.methods:
                return None
        return None if self.default is None else (self.default, {})


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _walk(
    node: _Node[Target], parts: list[str], parameters: dict[str, str]
) -> Iterator[tuple[_Node[Target], dict[str, str]]]:
    """The nodes that a path may mean, the closest first."""
    if not parts:
        yield node, parameters
        return
    first, rest = parts[0], parts[1:]
    if first in node.literal:
        yield from _walk(node.literal[first], rest, parameters)
    for name, below in node.parameter.items():
        yield from _walk(below, rest, {**parameters, name: first})
    for name, below in node.greedy.items():
        yield below, {**parameters, name: "/".join(parts)}
