"""Pictures and tables of what a console would show, each with its description in words.

`from course import show` loads nothing heavy: a drawing function brings in matplotlib when it is
first named. Every picture is a `Picture` (PNG, alternative text, the drawn numbers as plain data),
every table a `Table` (HTML, text). Times are UTC, epoch milliseconds or anything pandas reads as a
time. This package is the only one that imports matplotlib or IPython.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .alarms import alarm
    from .amounts import bars, distribution
    from .dashboards import dashboard
    from .heat import heat_map
    from .lines import percentiles, series
    from .maps import service_map
    from .memory_sizes import tuning
    from .panes import pane
    from .picture import Picture, ShowError
    from .stories import timeline
    from .tables import Table, table
    from .traces import waterfall

__all__ = [
    "Picture",
    "ShowError",
    "Table",
    "alarm",
    "bars",
    "dashboard",
    "distribution",
    "heat_map",
    "pane",
    "percentiles",
    "series",
    "service_map",
    "table",
    "timeline",
    "tuning",
    "waterfall",
]

_HOME = {
    "Picture": "picture",
    "ShowError": "picture",
    "Table": "tables",
    "alarm": "alarms",
    "bars": "amounts",
    "dashboard": "dashboards",
    "distribution": "amounts",
    "heat_map": "heat",
    "pane": "panes",
    "percentiles": "lines",
    "series": "lines",
    "service_map": "maps",
    "table": "tables",
    "timeline": "stories",
    "tuning": "memory_sizes",
    "waterfall": "traces",
}


def __getattr__(name: str) -> Any:
    """Bring in a name's module at its first use (no submodule is called like a function)."""
    if name not in _HOME:
        raise AttributeError(f"course.show has no {name!r}; it has {', '.join(__all__)}")
    globals()[name] = value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return __all__
