"""The `hoist_filters` option: a filter on raw fields after the only `stats` runs before it.

Some of AWS's own sample queries are written so (VPC flow logs, console samples), while newer
reports say that the service answers `Unknown symbols found in or after stats`. Off by default.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from course.insights import nodes


def hoisted(stages: tuple[nodes.Stage, ...]) -> tuple[nodes.Stage, ...]:
    """The stages with such filters moved in front of `stats`, if there is just one `stats`."""
    places = [i for i, stage in enumerate(stages) if isinstance(stage, nodes.Stats)]
    if len(places) != 1:
        return stages
    stats = stages[places[0]]
    assert isinstance(stats, nodes.Stats)
    kept = {item.name for item in (*stats.by, *stats.items)}
    before, after = stages[: places[0]], stages[places[0] + 1 :]
    moved = [stage for stage in after if _is_raw(stage, kept)]
    rest = [stage for stage in after if not _is_raw(stage, kept)]
    return (*before, *moved, stats, *rest)


def _is_raw(stage: nodes.Stage, kept: set[str]) -> bool:
    return isinstance(stage, nodes.Filter) and not {f.name for f in names_in(stage)} <= kept


def names_in(node: Any) -> Iterator[nodes.Field]:
    """Every field named below `node`; the parser has bounded the depth."""
    if isinstance(node, nodes.Field):
        yield node
    elif isinstance(node, tuple):
        for part in node:
            yield from names_in(part)
    elif is_dataclass(node):
        for part in fields(node):
            yield from names_in(getattr(node, part.name))
