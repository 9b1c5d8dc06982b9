"""`course insights 'QUERY' [FILE ...]`: a query from the terminal, or only its validation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import UserError
from course.insights import QueryError, explain, run

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("table", "csv", "json")


def answer(query: str, events: Any, form: str = "table") -> str:
    """The query's result as a table, CSV or JSON; a refused query or file is the user's error.

    events: as for `run`; files are given by their paths. JSON: a list of one object a row, without
    the fields that the row lacks; times in ISO 8601, UTC.
    """
    try:
        return _FORMS[form](run(query, events))
    except (QueryError, ValueError) as error:
        raise UserError(str(error)) from None


def check(query: str) -> str:
    """Say that a query is valid; one that is not is the user's error, with its place."""
    try:
        explain(query)
    except QueryError as error:
        raise UserError(str(error)) from None
    return "The query is valid."


def named(files: Sequence[Path]) -> list[str]:
    """The files as they were given, for `answer`."""
    return [str(path) for path in files]


def _table(found: pd.DataFrame) -> str:
    return str(found.to_string(index=False)) if len(found) else "no results"


def _csv(found: pd.DataFrame) -> str:
    return str(found.to_csv(index=False, lineterminator="\n")).rstrip("\n")


def _json(found: pd.DataFrame) -> str:
    text = found.to_json(
        orient="records", date_format="iso", force_ascii=False, double_precision=15
    )
    rows = [{k: v for k, v in row.items() if v is not None} for row in json.loads(text)]
    return json.dumps(rows, indent=2, ensure_ascii=False)


_FORMS = {"table": _table, "csv": _csv, "json": _json}
