"""The page of the query language's functions: each with a query that was run over the shop.

The groups and their order are those of docs/insights.md, the functions those of the engine.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from course import data
from course.insights import command
from course.insights.expressions import FUNCTIONS, SUMMARIES

EXAMPLES = Path(__file__).with_name("site_examples.toml")
HEADING = """\
# Every function, with a query that ran

For each function of Logs Insights: what it gives, a query that uses it, and what came out when this
page was made. Run them yourself: `course insights 'QUERY'` asks the same sample shop.
[The language](insights.md) has the commands, the rules and the limits.
"""
_GROUP = re.compile(r"^### (.+)\n\n\| Example \| Gives \| Note \|\n\|---.*\n((?:\|.*\n)+)", re.M)
_ROW = re.compile(r"^\| `(\w+)\(.*?\)` \|.*?(?<!\\)\| ?(.*?) ?\|$", re.M)
_STAGES = re.compile(r" \| (?=[a-zA-Z]+ )")


def page(reference: str) -> str:
    """The page; `reference` is the text of docs/insights.md."""
    queries = tomllib.loads(EXAMPLES.read_text(encoding="utf-8"))
    table: dict[str, Any] = {**FUNCTIONS, **SUMMARIES}
    functions = {function.name: function for function in table.values()}
    events = data.load("checkout").logs
    parts = [HEADING]
    for group, rows in _GROUP.findall(reference):
        parts.append(f"\n## {group}\n")
        for name, note in _ROW.findall(rows):
            parts.append(_function(functions[name], note, queries[name], events))
    return "".join(parts)


def _function(function: Any, note: str, query: str, events: Any) -> str:
    gives = function.about[0].upper() + function.about[1:] + "."
    remark = f" {note[0].upper() + note[1:]}." if note else ""
    return (
        f"\n### {function.name}\n\n`{function.example}`: {gives}{remark}\n\n"
        f"```sh\n{_shown(query)}\n```\n\n"
        f"```text\n{command.answer(query, events)}\n```\n"
    )


def _shown(query: str) -> str:
    """As one types it: the examples have no single quotes, and a longer one gets a line a stage."""
    stages = _STAGES.split(query)
    if len(stages) == 1:
        return f"course insights '{query}'"
    return "course insights '\n  " + "\n  | ".join(stages) + "'"
