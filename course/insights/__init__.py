"""CloudWatch Logs Insights QL over log events on this machine.

    >>> from course import insights
    >>> events = [{"timestamp": 1790000000000, "message": '{"level": "ERROR", "ms": 12}'}]
    >>> insights.search("fields level, ms * 2 as double", events).rows[0]["double"]
    '24'

Text is read by `parser` into the tree of `nodes`, compiled to SQL (one common table expression per
stage) and run by DuckDB. Follows the CloudWatch Logs User Guide, "CloudWatch Logs Insights language
query syntax"; what the guide leaves open stands in `options`; what is not run
yet is refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.insights.engine import Pointer, Result, explain, locate, run, search, to_sql
from course.insights.errors import QueryError
from course.insights.options import Options

if TYPE_CHECKING:
    from course.insights.events import Events
    from course.insights.parser import parse

__all__ = [
    "Events",
    "Options",
    "Pointer",
    "QueryError",
    "Result",
    "explain",
    "locate",
    "parse",
    "run",
    "search",
    "to_sql",
]


def __getattr__(name: str) -> Any:
    """`parse` and `Events` need packages that most importers never use: loaded when asked for."""
    if name == "parse":
        from course.insights.parser import parse

        return parse
    if name == "Events":
        from course.insights.events import Events

        return Events
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
