"""Regular expressions as the engine runs them: RE2 (no look-around, no back-references).

Source: CloudWatch Logs User Guide, "parse" and "filter": named groups `(?<name>...)`, inline flags
`(?i)`; Logs Insights runs filters on Hyperscan and `regexReplace` on RE2, which share these limits.
"""

from __future__ import annotations

import re
from functools import lru_cache

from course.insights import nodes
from course.insights.errors import QueryError

_TOKEN = re.compile(
    r"\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?P?<(?P<name>[^>=!]+)>|\((?P<group>\?)?",
    re.DOTALL,
)


@lru_cache(maxsize=256)
def _fault(pattern: str) -> str | None:
    from course.insights.database import refusal

    said = refusal("SELECT regexp_matches('', $pattern)", {"pattern": pattern})
    return said and said.split(":", 1)[-1].strip()


def checked_regex(pattern: str, span: nodes.Span) -> str:
    """The pattern as RE2 reads it, its groups without names; refused at its place if it cannot."""
    bare, _ = named_groups(pattern)
    fault = _fault(bare)
    if fault:
        raise QueryError(
            f"This regex cannot be read: {fault}",
            span=span,
            example=r"parse @message /took (?<ms>\d+) ms/",
        )
    return bare


def named_groups(pattern: str) -> tuple[str, list[str | None]]:
    """The pattern with plain groups, and the name of each capturing group (None: no name)."""
    names: list[str | None] = []

    def plain(found: re.Match[str]) -> str:
        if found["name"]:
            names.append(found["name"])
            return "("
        if found[0] == "(":
            names.append(None)
        return found[0]

    return _TOKEN.sub(plain, pattern), names


def glob_regex(pattern: str, spans_lines: bool) -> str:
    """A `parse` pattern as a regex: each * as little as possible, the last one the rest."""
    parts = [re.sub(r"[\\.^$|?+()\[\]{}]", r"\\\g<0>", part) for part in pattern.split("*")]
    holes = ["(.*?)"] * (len(parts) - 1)
    if holes and parts[-1] == "":
        holes[-1] = "(.*)"
    elif holes and re.fullmatch(r"[^\\\]^\s-]", pattern[-1]) and pattern[-2] == "*":
        # The same, and much faster, where one character ends the pattern.
        holes[-1] = f"([^{pattern[-1]}]*)" if spans_lines else f"([^{pattern[-1]}\\n]*)"
    body = parts[0] + "".join(h + p for h, p in zip(holes, parts[1:], strict=True))
    start = "^" if pattern.startswith("*") else ""
    return ("(?s)" if spans_lines else "") + start + body
