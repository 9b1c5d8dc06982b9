"""At most 200 fields are discovered in one JSON event; the first 200 in the order of its text.

Source: CloudWatch Logs User Guide, "Supported logs and discovered fields" (the number; which ones
is not said). null is no field. What is cut off can still be had: `jsonParse(@message)`.
"""

from __future__ import annotations

import json
from typing import Any

MOST = 200
SHORTEST = 2 * MOST  # no JSON text with more fields is shorter

# The same in SQL, where limited_fields is a function: only what can have too many fields is read.
FIRST_FIELDS = f"""first_fields(t) AS CASE WHEN strlen(t) < {SHORTEST} THEN t
    WHEN strlen(t) - strlen(replace(t, ',', '')) < {MOST} THEN t ELSE limited_fields(t) END"""


def limited_fields(document: str) -> str:
    """The JSON object without its fields beyond the limit."""
    if len(document) < SHORTEST or document.count(",") < MOST:
        return document
    try:
        return json.dumps(_cut(json.loads(document), [MOST]), ensure_ascii=False)
    except (ValueError, RecursionError):
        return document


def _cut(value: Any, left: list[int]) -> Any:
    """`value` with as many leaves as are left; counts them down."""
    if isinstance(value, dict):
        return {key: _cut(part, left) for key, part in value.items() if left[0] > 0}
    if isinstance(value, list):
        return [_cut(part, left) for part in value if left[0] > 0]
    if value is not None:
        left[0] -= 1
    return value
