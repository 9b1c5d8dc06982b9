"""What a compiled query asks the outside: the log groups of SOURCE, and lookup tables as columns.

Source: CloudWatch Logs User Guide, "SOURCE" (tag filters are joined by and, the values of one by
or, * stands for any characters, a leading ! negates), "lookup". Of each log group the caller may
tell: {"class": "STANDARD", "tags": {}, "dataSources": [], "account": "1", "indexes": []};
a group of which nothing is told is of class STANDARD, in the caller's account, without tags. A
negated tag value also fits a group without the tag (the guide does not say).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from course.insights import periods
from course.insights.errors import NoLogGroup, QueryError, nearest
from course.insights.lookup_tables import bound_table
from course.insights.shared import Shared
from course.insights.sources import NOT_WRITTEN
from course.insights.table_nodes import FilterIndex, Source

MOST_GROUPS = 10_000
# The guide's default field indexes.
INDEXED = (
    *("@logStream", "@aws.region", "@aws.account", "@source.log", "@data_source_name"),
    *("@data_source_type", "@data_format", "traceId", "severityText", "attributes.session.id"),
)
_SECONDS = 10**11  # a number below is epoch seconds


@dataclass(frozen=True)
class Outside:
    """tables: rows by table name. catalog: what is known of each log group, by name."""

    tables: Mapping[str, Any] = field(default_factory=dict)
    catalog: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    account_id: str = ""


def bindings(
    shared: Shared, present: Iterable[str], outside: Outside, times: Any
) -> dict[str, Any]:
    """The values of the statement's parameters.

    present: the log groups that have events. times["now"]: epoch ms.
    """
    names = list(dict.fromkeys([*outside.catalog, *present]))
    bound: dict[str, Any] = {}
    for i, wanted in enumerate(shared.groups):
        if isinstance(wanted, FilterIndex):
            bound[f"groups_{i}"] = _indexing(wanted, names, outside)
            continue
        bound[f"groups_{i}"] = chosen_groups(wanted, names, outside)
        for end, written in (("start", wanted.start), ("end", wanted.end)):
            if written is not None:
                bound[f"groups_{i}_{end}"] = _moment(written, times["now"], wanted)
    for i, use in enumerate(shared.tables):
        for place, cells in enumerate(bound_table(use, outside.tables)):
            bound[f"table_{i}_{place}"] = cells
    return bound


def chosen_groups(source: Source, known: list[str], outside: Outside) -> list[str]:
    """The log groups that a SOURCE reads."""
    chosen = [_existing(name, known, source) for name in source.names]
    filtered = source.everything or any(
        (source.prefixes, source.accounts, source.classes, source.data_sources, source.tags)
    )
    if filtered:
        chosen += [name for name in known if _fits(source, name, outside)]
    if len(chosen) > MOST_GROUPS:
        raise QueryError(f"SOURCE finds more than {MOST_GROUPS:,} log groups", span=source.span)
    return list(dict.fromkeys(chosen))


def _existing(written: str, known: list[str], source: Source) -> str:
    """A group by its name or its ARN."""
    name = written.split(":log-group:", 1)[-1].removesuffix(":*")
    if name not in known and source.span != NOT_WRITTEN:
        raise NoLogGroup(
            f"There is no log group `{name}`",
            span=source.span,
            expected=known[:6],
            suggestion=nearest(name, known),
        )
    return name


def _fits(source: Source, name: str, outside: Outside) -> bool:
    about = outside.catalog.get(name, {})
    tags = about.get("tags", {})
    return (
        (not source.prefixes or name.startswith(source.prefixes))
        and (not source.accounts or about.get("account", outside.account_id) in source.accounts)
        and (not source.classes or about.get("class", "STANDARD") in source.classes)
        and (not source.data_sources or _shares(about.get("dataSources", ()), source.data_sources))
        and all(any(_tagged(tags.get(key), v) for v in values) for key, values in source.tags)
    )


def _shares(some: Iterable[str], others: Iterable[str]) -> bool:
    return not set(some).isdisjoint(others)


def _tagged(value: str | None, wanted: str) -> bool:
    if wanted.startswith("!"):
        return not _tagged(value, wanted[1:])
    return value is not None and fnmatchcase(value, wanted.replace("[", "[[]"))


def _indexing(wanted: FilterIndex, known: list[str], outside: Outside) -> list[str]:
    """The groups that index the field; one of which no indexes are told counts as one."""
    name = wanted.field.name
    told = {group: outside.catalog.get(group, {}).get("indexes") for group in known}
    return [g for g, indexes in told.items() if indexes is None or name in (*INDEXED, *indexes)]


def _moment(written: str, now: int, source: Source) -> int:
    """`now`, `-1d` or an epoch time, as epoch ms."""
    if written.startswith("now"):
        return now
    found = re.fullmatch(r"([+-]?\d+)([a-z]*)", written)
    assert found
    count, unit = int(found[1]), found[2]
    if not unit:
        return count if count >= _SECONDS else count * 1000
    length = periods.MILLISECONDS.get(periods.UNIT_OF.get(unit, ""))
    if length is None or abs(count) > 1_000_000:
        raise QueryError(
            f"`{written}` is no time", span=source.span, example='SOURCE "g" start=-1d end=now'
        )
    return now + count * length
