"""Property selectors such as $.users[0].id, as filter patterns and Contributor Insights write them.

Follows the CloudWatch Logs User Guide, "Filter pattern syntax": names of letters, digits, hyphen
and underscore, array elements from 0, one wildcard ($.* or [*]), $.['a.b'] for names with a period.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

# A name, an array index, or None for the wildcard.
Step = str | int | None
Path = tuple[Step, ...]

SELECTOR = r"""\$(?:\.[\w-]+|\.\*|\[\d+\]|\[\*\]|\.?\[(?:'[^']+'|"[^"]+")\])+"""
_STEP = re.compile(
    r"""\.(?P<name>[\w-]+)|\.?\[(?P<quote>['"])(?P<quoted>.+?)(?P=quote)\]|\[(?P<index>\d+)\]|(?P<any>\.\*|\[\*\])"""
)
_WHOLE = re.compile(SELECTOR)


@lru_cache(maxsize=1024)
def compile_path(selector: str) -> Path | None:
    """The steps of a selector; None when it is not one."""
    if not _WHOLE.fullmatch(selector):
        return None
    return tuple(_step(found) for found in _STEP.finditer(selector, 1))


def _step(found: re.Match[str]) -> Step:
    if found["any"]:
        return None
    if found["index"] is not None:
        return int(found["index"])
    return found["name"] or found["quoted"]


@lru_cache(maxsize=4096)
def parse(message: str) -> Any:
    """The JSON document that a message is, None for any other; filters share it: do not change it.

    Several filters look at the same events one after the other.
    """
    try:
        return json.loads(message)
    except ValueError:
        return None


def resolve(document: Any, path: Path) -> Sequence[Any]:
    """The values that the path leads to: none, one, or with a wildcard perhaps many."""
    found: list[Any] = [document]
    for step in path:
        found = [value for node in found for value in _follow(node, step)]
    return found


def _follow(node: Any, step: Step) -> Iterable[Any]:
    if isinstance(node, dict):
        if step is None:
            return node.values()
        return (node[step],) if isinstance(step, str) and step in node else ()
    if isinstance(node, list):
        if step is None:
            return node
        return (node[step],) if isinstance(step, int) and step < len(node) else ()
    return ()


def leaf_text(value: Any) -> str | None:
    """A string or number as text; None for null, booleans, arrays and objects.

    "If a property selector points to an array or object, the filter pattern won't match."
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
