"""The rows of a query as a DataFrame with the types that a reader expects."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pandas as pd

from course.insights.values import Kind

# At most 15 digits: longer ones (ids) would not survive as a float. No leading zeros: codes.
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")


def frame(
    found: pd.DataFrame, names: tuple[str, ...], kinds: tuple[Kind, ...], infer: bool
) -> pd.DataFrame:
    """Name the columns and settle their types; `infer` makes all-number text columns numeric."""
    columns = [_settled(found.iloc[:, i], kind, infer) for i, kind in enumerate(kinds)]
    result = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    result.columns = pd.Index(names)
    return result


def _settled(column: Any, kind: Kind, infer: bool) -> Any:
    if kind is Kind.LIST:
        return column.map(lambda items: list(items) if hasattr(items, "__len__") else None)
    if kind is Kind.MAP:
        return _loaded(column, infer)
    if kind is Kind.ANY and infer:
        return _numeric(column)
    return column


def _loaded(column: Any, infer: bool) -> Any:
    """JSON texts as Python values; where none is a map or list, the column of their texts."""
    try:
        values = [json.loads(text) if isinstance(text, str) else None for text in column]
    except RecursionError:  # nested too deeply for Python: left as text
        return column
    if any(isinstance(value, dict | list) for value in values):
        return pd.Series(values, index=column.index, dtype=object)
    texts = pd.Series([_leaf(value) for value in values], index=column.index, dtype=object)
    return _numeric(texts) if infer else texts


def _leaf(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(int(value))
    return None if value is None else str(value)


def _numeric(column: Any) -> Any:
    """The column as numbers when every text in it is a plain one, otherwise as it is."""
    values = column.tolist()
    texts = [value for value in values if isinstance(value, str)]
    if not texts or not all(map(_PLAIN.fullmatch, texts)):
        return column
    whole = len(texts) == len(values) and "." not in "".join(texts)
    if whole:
        return pd.Series([int(text) for text in texts], index=column.index)
    numbers = [float(value) if isinstance(value, str) else math.nan for value in values]
    return pd.Series(numbers, index=column.index)
