"""One HTTP request to an API, as plain data, and how its parameters are named.

Parameters are named as in API Gateway's request mappings: `method.request.header.X`,
`method.request.querystring.x`, `method.request.path.x`, and for the identity sources of HTTP APIs
`$request.header.X`, `$request.querystring.x`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import parse_qsl, unquote

Pairs = Sequence[tuple[str, str]]


@dataclass
class HttpRequest:
    """method, the host it went to, the path with the stage still in front, and the rest.

    headers: as sent, in order. query: the text after the question mark. at: epoch ms.
    """

    method: str
    host: str
    path: str
    query: str = ""
    headers: Pairs = ()
    body: bytes = b""
    source_ip: str = "203.0.113.24"
    path_parameters: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def named(self) -> dict[str, str]:
        """Headers by lower-case name; of several of a name, the last one."""
        return {name.lower(): value for name, value in self.headers}

    def header(self, name: str) -> str | None:
        """A header, whatever its case."""
        return self.named.get(name.lower())

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The query's parameters, decoded, in order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """The query's parameters; of several of a name, the last one."""
        return dict(self.pairs)

    def parameter(self, expression: str) -> str | None:
        """The value behind the name of a parameter; None for one that the request does not have."""
        place, _, name = _place(expression).partition(".")
        if place == "header":
            return self.header(name)
        if place == "querystring":
            return self.parameters.get(name)
        if place == "path":
            return self.path_parameters.get(name)
        return None


def _place(expression: str) -> str:
    for prefix in ("method.request.", "$request.", "route.request.", "integration.request."):
        if expression.startswith(prefix):
            return expression.removeprefix(prefix)
    return expression


def several(pairs: Pairs) -> dict[str, list[str]]:
    """Pairs as name to all its values."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def split_stage(path: str) -> tuple[str, str]:
    """`/prod/cart/items` as ("prod", "/cart/items")."""
    stage, slash, rest = path.removeprefix("/").partition("/")
    return unquote(stage), slash + rest or "/"
