"""Which log groups a query asks for, told before it is run: for callers that fetch the events.

Source: CloudWatch Logs User Guide, "SOURCE".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from course.insights import nodes
from course.insights.bindings import Outside, chosen_groups
from course.insights.errors import QueryError
from course.insights.parser import parse
from course.insights.saved import expand
from course.insights.table_nodes import Source


@dataclass(frozen=True)
class Asked:
    """head: the groups of the SOURCE at the head, None without one; beyond: whether a query inside
    reads other groups."""

    head: list[str] | None
    beyond: bool


def asked_groups(
    query: str,
    catalog: Mapping[str, Mapping[str, Any]],
    *,
    saved: Mapping[str, Any] | None = None,
    account_id: str = "",
) -> Asked:
    """Read the SOURCEs of a query; raises QueryError as `run` would."""
    written = query if saved is None else expand(query, saved)
    stages = parse(written).stages
    first = stages[0] if stages and isinstance(stages[0], Source) else None
    beyond = any(True for stage in stages for _ in _sources(stage) if stage is not first)
    if first is None:
        return Asked(None, beyond)
    try:
        head = chosen_groups(first, list(catalog), Outside({}, catalog, account_id))
    except QueryError as error:
        raise error.attach(written) from None
    return Asked(head, beyond)


def _sources(node: Any) -> Iterator[Source]:
    """Every SOURCE below `node`; the parser has bounded the depth."""
    if isinstance(node, Source):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from _sources(part)
    elif is_dataclass(node) and not isinstance(node, nodes.Field):
        for each in fields(node):
            yield from _sources(getattr(node, each.name))
