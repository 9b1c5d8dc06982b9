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
    "pattern": "pattern @message",
    "diff": "pattern @message | diff previousDay",
    "logcompare": "logcompare timeshift 7d",
    "anomaly": "pattern @message | anomaly",
    "relevantfields": "relevantfields where status >= 500",
    "json": 'json field=payload "user.name" as username',
    "unnest": "unnest jsonParse(@message).items into item",
    "expand": "expand items",
    "SOURCE": 'SOURCE logGroups(namePrefix: ["/aws/lambda"])',
    "filterIndex": 'filterIndex requestId = "a1"',
    "search": 'search "timeout"',
    "unmask": "unmask @message",
    "join": 'join left=a right=b where a.id = b.id (SOURCE "orders" | fields id, total)',
    "appendcols": "appendcols (stats count(*) as n)",
    "lookup": "lookup people name as user OUTPUT team",
    "cidrlookup": "cidrlookup networks srcAddr OUTPUT owner",
    "addtotals": "addtotals row=true col=true",
    "accum": "accum bytes as total",
    "autoregress": "autoregress ms p=1-3",
    "filldown": "filldown host",
    "fillmissing": "stats count(*) as n by bin(5m) | fillmissing with 0 for n",
    "outlier": "outlier action=remove ms",
    "sessionize": "sessionize user maxspan 30m",
    "countFrequent": "countFrequent route",
    "estimate": "estimate",
    "tail": "tail 20",
}
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
    "BACK": "previousDay, previousWeek or previousMonth",
    "_TIMESHIFT": "timeshift",
    "_WHERE": "where",
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
    if re.search(r"(?i:\bin)\s*\($", query[: span[0]].rstrip()):
        return QueryError(
            "Sub-queries stand in parentheses after `in`, lists in square brackets",
            span=span,
            example='filter user in (SOURCE "logins" | fields user)',
        )
    if word.startswith("$"):
        return QueryError(
            "Saved queries are handed over as saved={name: text} and called with parentheses",
            span=span,
            example='$Slow(least = "500") | sort ms desc',
        )
    if not word or word == "|":
        missing = "A command is missing here"
        return QueryError(missing, span=span, expected=COMMANDS, example=COMMANDS["filter"])
    meant = nearest(word, COMMANDS)
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
    (r"sort.*\w$", r"\(", "`sort` takes field names and aliases, no functions", "sort p99 desc"),
    (r"", r"(?i:multi)\b", "`multi` ends a `parse` with a regex", r"parse /(\d+)/ as n multi"),
    (
        r"(?i:parse)",
        r"(?i:logfmt|csv)\b",
        "`logfmt` and `csv` are followed by `as`",
        "parse @message logfmt as pairs",
    ),
    (r"(?i:offset)$", r"", "`offset` takes a period", "stats count(*) by bin(5m) offset 1h"),
    (r"^\s*(?i:unnest)\b", r"", "`unnest` needs `into` and a name", "unnest m.items into x"),
    (r"^\s*(?i:json)$", r"", "`json` begins with field=", 'json field=payload "user.name" as user'),
    (r"(?i:like)$", r"", "`like` takes a quoted string or a /regex/", 'filter level like "ERR"'),
    (
        r"^\s*(?i:join)\b[^(]*$",
        r"",
        "`join` names its sides, a key of each and a query in parentheses",
        'join left=a right=b where a.id = b.id (SOURCE "orders" | fields id, total)',
    ),
    (
        r"^\s*(?i:cidr)?(?i:lookup)\b[^(]*$",
        r"",
        "A lookup names a table, what must match, OUTPUT or OUTPUTNEW, and columns",
        "lookup people name as user OUTPUT team",
    ),
    (
        r"^\s*(?i:source)\b",
        r"",
        "SOURCE takes log group names or logGroups(...), dataSource([...]), logGroupTags([...])",
        'SOURCE logGroups(namePrefix: ["/aws/lambda"])',
    ),
    (
        r"^\s*(?i:fillmissing)\b",
        r"",
        "`fillmissing` takes values and fields: with 0 for n",
        "fillmissing with 0 for n",
    ),
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
