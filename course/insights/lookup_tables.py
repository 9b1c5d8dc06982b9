"""Lookup tables as the caller hands them over, made into the columns that a statement wants.

A table is a DataFrame or a list of dicts. Cells become texts, whole numbers without `.0`. For
`cidrlookup` the networks become ranges of address numbers that do not overlap: networks either lie
inside each other or apart, so the longest prefix wins by where a range begins. IPv4 only.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping
from typing import Any

from course.insights.errors import QueryError, nearest
from course.insights.shared import TableUse

Cells = list[str | None]


def bound_table(use: TableUse, tables: Mapping[str, Any]) -> list[list[Any]]:
    """The columns that `use` names, one list each; raises QueryError for what is not there."""
    if use.name not in tables:
        raise QueryError(
            f"There is no lookup table `{use.name}`",
            span=use.span,
            expected=tables,
            suggestion=nearest(use.name, tables),
            example=f'run(query, events, tables={{"{use.name}": rows}})',
        )
    columns = _columns(tables[use.name])
    wanted = [_wanted(use, columns, i) for i in range(len(use.columns))]
    return _ranges(use, wanted) if use.networks else _first_of_each(use.keys, wanted)


def _columns(given: Any) -> dict[str, Cells]:
    if hasattr(given, "columns"):
        return {str(name): [_cell(v) for v in given[name].tolist()] for name in given.columns}
    names = dict.fromkeys(str(name) for row in given for name in row)
    return {name: [_cell(row.get(name)) for row in given] for name in names}


def _cell(value: Any) -> str | None:
    if value is None or value != value:  # NaN and NaT are not equal to themselves
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return str(int(value))
    return str(value)


def _wanted(use: TableUse, columns: dict[str, Cells], index: int) -> Cells:
    field = use.columns[index]
    if field is None:
        return next(iter(columns.values()), [])
    if field.name not in columns and columns:
        raise QueryError(
            f"The lookup table `{use.name}` has no column `{field.name}`",
            span=field.span,
            expected=list(columns)[:6],
            suggestion=nearest(field.name, columns),
        )
    return columns.get(field.name, [])


def _first_of_each(keys: int, columns: list[Cells]) -> list[list[Any]]:
    """Without the rows that agree with an earlier one in their keys, or lack a key."""
    kept: dict[tuple[str | None, ...], tuple[str | None, ...]] = {}
    for row in zip(*columns, strict=True):
        if None not in row[:keys]:
            kept.setdefault(row[:keys], row)
    return [list(column) for column in zip(*kept.values(), strict=True)] or [[] for _ in columns]


def _ranges(use: TableUse, columns: list[Cells]) -> list[list[Any]]:
    """The first address of each range, and the cells that hold from there on."""
    networks: dict[ipaddress.IPv4Network, int] = {}
    for row, written in enumerate(columns[0]):
        if written is not None:
            networks.setdefault(_network(use, written), row)
    starts: dict[int, int | None] = {}
    open_: list[tuple[int, int]] = []  # (last address, row) of the networks around this place

    def close(before: int) -> None:
        while open_ and open_[-1][0] < before:
            end, _ = open_.pop()
            starts[end + 1] = open_[-1][1] if open_ else None

    for network in sorted(networks):
        first = int(network.network_address)
        close(first)
        starts[first] = networks[network]
        open_.append((int(network.broadcast_address), networks[network]))
    close(2**33)
    rows = starts.values()
    cells = [[None if r is None else column[r] for r in rows] for column in columns[1:]]
    return [list(starts), *cells]


def _network(use: TableUse, written: str) -> ipaddress.IPv4Network:
    try:
        return ipaddress.IPv4Network(written.strip(), strict=False)
    except ValueError:
        raise QueryError(
            f"`{written}` in the lookup table `{use.name}` is no IPv4 network such as 10.0.0.0/8",
            span=use.span,
        ) from None
