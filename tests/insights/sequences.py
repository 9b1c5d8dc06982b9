"""The commands over sequences of rows in plain Python, for the slow interpreter. Tests only."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from course.insights import nodes, table_nodes

Row = dict[str, Any]
Number = Callable[[Any], float | None]
Sort = Callable[[list[Row], list[tuple[str, bool]]], list[Row]]


def run_sequence(
    stage: Any, rows: list[Row], shown: list[str], number: Number, sort: Sort
) -> tuple[list[Row], list[str]]:
    """The rows after `stage`, and the columns that come out. number reads a value, sort orders."""
    match stage:
        case table_nodes.Accum():
            return rows, _show(shown, [_accum(stage, rows, number)])
        case table_nodes.Autoregress():
            return rows, _show(shown, _autoregress(stage, rows))
        case table_nodes.FillDown():
            _filldown(stage, rows, shown)
            return rows, shown
        case table_nodes.AddTotals():
            return _addtotals(stage, rows, number), _show(shown, [stage.name.name] * stage.row)
        case table_nodes.CountFrequent():
            return _count(stage, rows, sort)
        case table_nodes.Outlier():
            return _outlier(stage, rows, number), shown
    raise AssertionError(f"not generated: {stage}")


def _show(shown: list[str], names: list[str]) -> list[str]:
    return [*shown, *(name for name in names if name not in shown)]


def _accum(stage: table_nodes.Accum, rows: list[Row], number: Number) -> str:
    name, total = (stage.alias or stage.field).name, 0.0
    for row in rows:
        value = number(row.get(stage.field.name))
        total += value or 0
        row[name] = None if value is None else total
    return name


def _autoregress(stage: table_nodes.Autoregress, rows: list[Row]) -> list[str]:
    values = [row.get(stage.field.name) for row in rows]
    names = []
    for back in range(stage.first, stage.last + 1):
        name = stage.alias.name if stage.alias else f"{stage.field.name}_p{back}"
        names.append(name)
        for i, row in enumerate(rows):
            row[name] = values[i - back] if i >= back else None
    return names


def _filldown(stage: table_nodes.FillDown, rows: list[Row], shown: list[str]) -> None:
    chosen = [
        name
        for name in shown
        if not stage.fields
        or any(
            name == f.name if isinstance(f, nodes.Field) else fnmatchcase(name, f.value)
            for f in stage.fields
        )
    ]
    for name in chosen:
        last = None
        for row in rows:
            last = row[name] = last if row.get(name) is None else row[name]


def _addtotals(stage: table_nodes.AddTotals, rows: list[Row], number: Number) -> list[Row]:
    names = [field.name for field in stage.fields]
    for row in rows if stage.row else ():
        row[stage.name.name] = _sum(row.get(name) for name in names)(number)
    if not stage.col:
        return rows
    names += [stage.name.name] * stage.row
    totals = {name: _sum(row.get(name) for row in rows)(number) for name in names}
    return [*rows, totals]


def _sum(values: Any) -> Callable[[Number], float | None]:
    def total(number: Number) -> float | None:
        numbers = [n for value in values if (n := number(value)) is not None]
        return sum(numbers) if numbers else None

    return total


def _count(
    stage: table_nodes.CountFrequent, rows: list[Row], sort: Sort
) -> tuple[list[Row], list[str]]:
    names = [field.name for field in stage.fields]
    counts: dict[tuple[Any, ...], float] = {}
    for row in rows:
        key = tuple(row.get(name) for name in names)
        counts[key] = counts.get(key, 0.0) + 1.0
    made = [{**dict(zip(names, k, strict=True)), "_approxcount": n} for k, n in counts.items()]
    ordered = sort(made, [("_approxcount", True), *((name, False) for name in names)])
    return ordered, [*names, "_approxcount"]


def _outlier(stage: table_nodes.Outlier, rows: list[Row], number: Number) -> list[Row]:
    (field,) = stage.fields
    values = sorted(n for row in rows if (n := number(row.get(field.name))) is not None)
    if not values:
        return rows
    low, high = _quantile(values, 0.25), _quantile(values, 0.75)
    reach = stage.factor.value * (high - low)
    top, bottom = high + reach, low - reach if stage.lower else float("-inf")
    kept = []
    for row in rows:
        value = number(row.get(field.name))
        beyond = value is not None and not bottom <= value <= top
        if beyond and not stage.remove:
            assert value is not None
            row[field.name] = top if value > top else bottom
        if not beyond or not stage.remove:
            kept.append(row)
    return kept


def _quantile(values: list[float], share: float) -> float:
    place = (len(values) - 1) * share
    before = int(place)
    after = min(before + 1, len(values) - 1)
    return values[before] + (values[after] - values[before]) * (place - before)
