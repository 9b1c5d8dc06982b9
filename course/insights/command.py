"""`course insights 'QUERY' [FILE ...]`: a query from the terminal, or only its validation."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import UserError
from course.insights import QueryError, explain, run

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "csv", "json")
_EXACT = 2**53  # whole numbers up to here have a float of their own
_LINE_ENDS = re.compile(r"\s*[\r\n\t]\s*")


def answer(
    query: str,
    events: Any,
    form: str = "table",
    tables: Mapping[str, Any] | None = None,
    saved: Mapping[str, Any] | None = None,
) -> str:
    """The query's result as a table, CSV or JSON; a refused query or file is the user's error.

    events, tables, saved: as for `run`; files are given by their paths. JSON: a list of one object
    a row, without the fields that the row lacks; times in ISO 8601, UTC.
    """
    try:
        return _FORMS[form](run(query, events, tables=tables, saved=saved))
    except (QueryError, ValueError) as error:
        raise UserError(str(error)) from None


def check(query: str, saved: Mapping[str, Any] | None = None) -> str:
    """Say that a query is valid; one that is not is the user's error, with its place."""
    try:
        explain(query, saved=saved)
    except QueryError as error:
        raise UserError(str(error)) from None
    return "The query is valid."


def lookup_tables(given: Sequence[str]) -> dict[str, list[dict[str, str | None]]]:
    """The tables given as `name=file.csv`, by name; a file's first line names its columns."""
    tables = {}
    for each in given:
        name, equals, path = each.partition("=")
        if not (name and equals and path):
            raise UserError(f"--table takes name=file.csv, not {each!r}", 2)
        try:
            rows = list(csv.DictReader(_text(path).splitlines(keepends=True), strict=True))
        except csv.Error as error:
            raise UserError(f"{path}: is no CSV file: {error}") from None
        # An empty cell says nothing; a cell too many has no column.
        tables[name] = [{k: v or None for k, v in row.items() if k is not None} for row in rows]
    return tables


def saved_queries(path: str) -> dict[str, Any]:
    """The saved queries of a TOML file: `Name = "text"`, or a table with `query` and
    `parameters`."""
    try:
        found = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path}: is no TOML file: {error}") from None
    for name, each in found.items():
        given = {"query": each} if isinstance(each, str) else each
        whole = isinstance(given, dict) and isinstance(given.get("query"), str)
        if not whole or not isinstance(given.get("parameters", {}), dict):
            example = f'{name} = "filter ms > {{{{least}}}}"'
            raise UserError(f"{path}: {name!r} is no saved query; write {example}")
    return found


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not text") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from None


def named(files: Sequence[Path]) -> list[str]:
    """The files as they were given, for `answer`."""
    return [str(path) for path in files]


def _table(found: pd.DataFrame) -> str:
    """Texts to the left, numbers and times to the right; what is missing is blank."""
    if not len(found):
        return "no results"
    columns = dict(_shown(str(name), values) for name, values in found.items())
    text = type(found)(columns).to_string(index=False, na_rep="")
    return "\n".join(line.rstrip() for line in text.splitlines())


def _shown(name: str, values: pd.Series[Any]) -> tuple[str, Any]:
    """A column's heading and its cells: a text as wide as the widest of them."""
    kind = values.dtype.kind
    if kind in "fiu":
        return name, _numbers(values)
    if kind in "Mb":
        return name, values
    cells = ["" if _missing(value) else _LINE_ENDS.sub(" ", str(value)) for value in values]
    width = max(len(name), *map(len, cells))
    return name.ljust(width), [cell.ljust(width) for cell in cells]


def _numbers(values: pd.Series[Any]) -> Any:
    """Without a point where all are whole, as AWS writes them; blank where one is missing."""
    there = values.dropna()
    if (there % 1 == 0).all() and (there.abs() < _EXACT).all():
        there = there.astype("int64")
    if len(there) == len(values):
        return there
    texts = iter(there.to_string(index=False, header=False).split() if len(there) else [])
    return ["" if missing else next(texts) for missing in values.isna()]


def _missing(value: Any) -> bool:
    return value is None or bool(value != value)  # NaN is not equal to itself


def _csv(found: pd.DataFrame) -> str:
    return str(found.to_csv(index=False, lineterminator="\n")).rstrip("\n")


def _json(found: pd.DataFrame) -> str:
    text = found.to_json(
        orient="records", date_format="iso", force_ascii=False, double_precision=15
    )
    rows = [{k: v for k, v in row.items() if v is not None} for row in json.loads(text)]
    return json.dumps(rows, indent=2, ensure_ascii=False)


_FORMS = {"table": _table, "csv": _csv, "json": _json}
