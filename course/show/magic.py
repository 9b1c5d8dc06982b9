"""`%%insights`: a cell that holds a Logs Insights query, for exploring.

    %load_ext course.show.magic
    %%insights events
    filter level = "ERROR" | stats count(*) by route

The line names the events: a Python expression of the notebook (a list, a DataFrame, a path), or,
in quotes, the path of a file. A word before an equals sign receives the rows: `%%insights rows =
events`. The query runs through the function that the notebook gives as `insights.run`, so this
module knows no engine: it looks up `insights` in the notebook, which has imported it.
"""

from __future__ import annotations

import re
import sys
from typing import Any

from IPython.core.error import UsageError

_LINE = re.compile(r"\s*(?:(?P<name>[^\W\d]\w*)\s*=(?!=))?\s*(?P<source>\S.*?)\s*", re.S)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext course.show.magic` calls."""

    def insights(line: str, cell: str) -> Any:
        return answer(shell, line, cell)

    shell.register_magic_function(insights, magic_kind="cell", magic_name="insights")


def answer(shell: Any, line: str, cell: str) -> Any:
    """The rows as a DataFrame, or None where the line gives them a name."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise UsageError("name the events: %%insights events")
    engine = shell.user_ns.get("insights")
    if not hasattr(engine, "run"):
        raise UsageError("first run: from course import insights")
    try:
        source = shell.ev(found["source"])
    except NameError as error:
        raise UsageError(f"{error}; name the events: %%insights events") from None
    try:
        rows = engine.run(cell, source)
    except ValueError as error:
        print(error, file=sys.stderr)
        return None
    if found["name"]:
        shell.push({found["name"]: rows})
        return None
    return rows
