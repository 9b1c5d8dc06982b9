"""Why the parser stopped, in the reader's words: unknown and not-yet-run commands, typing slips."""

from __future__ import annotations

import re

from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken

from course.insights.errors import QueryError, nearest

COMMANDS = {
    "fields": "fields @timestamp, @message",
    "display": "display @timestamp, level",
    "filter": 'filter level = "ERROR"',
    "where": 'where level = "ERROR"',
    "parse": 'parse @message "took * ms" as took',
    "sort": "sort @timestamp desc",
    "limit": "limit 20",
    "stats": "stats count(*) by bin(5m)",
    "dedup": "dedup requestId",
}
NOT_RUN = frozenset(
    (
        *("accum", "addtotals", "anomaly", "appendcols", "autoregress", "cidrlookup"),
        *("count_frequent", "countFrequent", "diff", "estimate", "expand", "filldown"),
        *("fillmissing", "filterIndex", "join", "json", "logcompare", "lookup", "outlier"),
        *("pattern", "relevantfields", "search", "sessionize", "SOURCE", "tail"),
        *("unmask", "unnest"),
    )
)
_NOT_RUN = {name.lower(): name for name in NOT_RUN}
_WORDS = {
    "NAME": "a field name",
    "NUMBER": "a number",
    "STRING": "a quoted string",
    "REGEX": "a /regex/",
    "PERIOD": "a period such as 5m",
    "COMPARE": "a comparison (= != < <= > >=)",
    "_MATCHES": "=~",
    "_FIELDS": "a command",
    "VBAR": "|",
    "$END": "the end of the query",
    "LPAR": "(",
    "RPAR": ")",
    "LSQB": "[",
    "RSQB": "]",
    "COMMA": ",",
    "_AS": "as",
    "_BY": "by",
    "_AND": "and",
    "_OR": "or",
    "_IN": "in",
    "_LIKE": "like",
    "ASC": "asc",
    "DESC": "desc",
}


def explain_refusal(query: str, error: UnexpectedInput) -> QueryError:
    """The QueryError for what lark could not read."""
    start = _place(query, error)
    word = _word(query, start)
    span = (start, start + max(1, len(word)))
    if not query.strip() or not re.sub(r"#[^\n]*", "", query).strip():
        return QueryError("The query is empty", span=(0, 0), example="fields @timestamp, @message")
    allowed = set(error.accepts or ()) if isinstance(error, UnexpectedToken) else set()
    allowed |= set(getattr(error, "allowed", None) or getattr(error, "expected", None) or ())
    if "_FIELDS" in allowed:
        return _no_command(query, word, span)
    return _unclosed(query, start) or _hinted(query, start, word, span, allowed)


def _place(query: str, error: UnexpectedInput) -> int:
    at_end = isinstance(error, UnexpectedEOF) or (
        isinstance(error, UnexpectedToken) and error.token.type == "$END"
    )
    if at_end:
        return len(query.rstrip())
    position = error.pos_in_stream
    return len(query) if position is None else position


def _word(query: str, start: int) -> str:
    found = re.match(r"[@$]?\w+|\S", query[start:])
    return found[0] if found else ""


def _no_command(query: str, word: str, span: tuple[int, int]) -> QueryError:
    known = _NOT_RUN.get(word.lower())
    if known:
        return QueryError(
            f"`{known}` is a Logs Insights command that this engine does not run yet", span=span
        )
    if word.startswith("$"):
        return QueryError("Saved queries (`$name(...)`) are not run by this engine yet", span=span)
    if not word or word == "|":
        missing = "A command is missing here"
        return QueryError(missing, span=span, expected=COMMANDS, example=COMMANDS["filter"])
    meant = nearest(word, [*COMMANDS, *NOT_RUN])
    example = COMMANDS.get(meant or "fields")
    return QueryError(
        f"`{word}` is not a Logs Insights command",
        span=span,
        expected=() if meant else COMMANDS,
        suggestion=meant,
        example=example,
    )


def _unclosed(query: str, start: int) -> QueryError | None:
    mark = query[start : start + 1]
    names = {'"': "string", "'": "string", "/": "regex", "`": "backtick name"}
    if mark in names and query.find(mark, start + 1) < 0:
        return QueryError(
            f"This {names[mark]} is not closed: add another {mark}", span=(start, len(query))
        )
    return None


# What stands before the place, what stands at it, what to say, an example.
_HINTS: tuple[tuple[str, str, str, str | None], ...] = (
    (r"/$", r"[a-z]+\b", "A regex takes no flags after its slash", "filter @message like /(?i)x/"),
    (r"\)$", r"[.\[]", "Reaching into a function's result is not run by this engine yet", None),
    (r"sort.*\w$", r"\(", "`sort` takes field names and aliases, no functions", "sort p99 desc"),
    (r"", r"(?i:multi)\b", "`parse ... multi` is not run by this engine yet", None),
    (
        r"",
        r"(?i:logfmt|csv)\b",
        "`parse ... logfmt` and `csv` are not run by this engine yet",
        None,
    ),
    (r"", r"(?i:offset)\b", "`stats ... offset` is not run by this engine yet", None),
    (r"(?i:like)$", r"", "`like` takes a quoted string or a /regex/", 'filter level like "ERR"'),
    (r"(?i:in)$", r"\(", "Sub-queries after `in` are not run by this engine yet", None),
    (r"(?i:in)$", r"", "`in` takes a list in square brackets", "filter status in [500, 502]"),
    (r"=~$", r"", "`=~` takes a /regex/", "filter level =~ /ERR|WARN/"),
    (r"", r"--", "Comments start with #", "# only errors"),
    (r"", r"&&", "Use `and`", "filter a = 1 and b = 2"),
    (r"\|$", r"\|", "Use `or`", "filter a = 1 or b = 2"),
)


def _hinted(
    query: str, start: int, word: str, span: tuple[int, int], allowed: set[str]
) -> QueryError:
    before = query[:start].rstrip().rsplit("|", 1)[-1] if "|" not in word else query[:start]
    for left, here, message, example in _HINTS:
        if re.search(left, before) and re.match(here, query[start:]):
            return QueryError(message, span=span, example=example)
    found = f"`{word}`" if word else "The end of the query"
    return QueryError(f"{found} cannot stand here", span=span, expected=_expected(allowed))


def _expected(allowed: set[str]) -> list[str]:
    """At most six things that could stand there, the ones readers know by name."""
    words = [text for terminal, text in _WORDS.items() if terminal in allowed]
    return words[:6]
