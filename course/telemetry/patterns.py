"""Filter patterns: which log events a metric filter, subscription filter or search takes.

Follows the CloudWatch Logs User Guide, "Filter pattern syntax for metric filters, subscription
filters, filter log events, and Live Tail". Matching is exact and case-sensitive.

A term is found anywhere in the message, inside longer words too: the guide's own example has the
term ERROR match "Exiting with ERRORCODE: -1". Terms with anything but letters, digits and
underscore go in double quotes. Optional terms (?a ?b) next to other terms are ignored, as the guide
says. In a space-delimited pattern the last named field takes the rest of the line (the guide's
[w1=ERROR, w2] matches a line of seven words); `...` takes any number of fields.

The guide does not say, so these are choices: fields are parted by any white space; a comparison of
a JSON property that is missing, null, a boolean, an array or an object is false, also with !=; a
quoted number equals the same number in the JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from course.telemetry.errors import RuleError, point_at
from course.telemetry.jsonpath import parse
from course.telemetry.pattern_conditions import Columns, compile_columns, compile_json
from course.telemetry.pattern_values import CODE, compile_regex

MAX_LENGTH = 1024

Fields = dict[str, str]


@dataclass(frozen=True)
class Pattern:
    """A compiled filter pattern.

    kind: "all", "terms", "regex", "json" or "delimited". fields: what the pattern can extract, for
    example ("$ip", "$status") or ("$.latency",).
    """

    text: str
    kind: str
    find: Callable[[str], Fields | None] = field(repr=False)
    fields: tuple[str, ...] = ()

    def match(self, message: str) -> Fields | None:
        """The extracted fields (often empty) when the message matches, else None."""
        return self.find(message)

    def matches(self, message: str) -> bool:
        return self.find(message) is not None


@lru_cache(maxsize=512)
def compile(pattern: str) -> Pattern:
    """Compile a filter pattern, or raise `RuleError` (InvalidParameterException) with the place."""
    text = pattern.strip()
    if len(pattern) > MAX_LENGTH:
        raise RuleError(CODE, f"A filter pattern has at most {MAX_LENGTH} characters")
    if not text or re.fullmatch(r'"\s*"', text):
        return Pattern(pattern, "all", lambda message: {})
    if text.startswith("{"):
        return _json(pattern)
    if text.startswith("["):
        return _delimited(pattern)
    if text.startswith("%") and text.endswith("%") and len(text) > 2:
        search = compile_regex(text[1:-1], pattern.index("%") + 1, pattern).search
        return Pattern(pattern, "regex", lambda message: {} if search(message) else None)
    return _terms(pattern)


def _json(pattern: str) -> Pattern:
    test, selectors = compile_json(pattern)

    def find(message: str) -> Fields | None:
        if "{" not in message:
            return None
        document = parse(message)
        return test(document) if isinstance(document, dict) else None

    return Pattern(pattern, "json", find, selectors)


def _delimited(pattern: str) -> Pattern:
    columns = compile_columns(pattern)
    test = columns.test

    def find(message: str) -> Fields | None:
        fields = cut(message, columns)
        return fields if fields is not None and test(fields) else None

    return Pattern(pattern, "delimited", find, columns.fields)


_FIELD = re.compile(r'\[[^\]]*\](?!\S)|"[^"]*"(?!\S)|\S+')


def cut(message: str, columns: Columns) -> Fields | None:
    """The message's fields by name ("$ip", unnamed ones "$4"); None if there are too few."""
    found = list(_FIELD.finditer(message))
    before, after = columns.before, columns.after
    if len(found) < len(before) + len(after):
        return None
    values = [_bare(each[0]) for each in found]
    if columns.open:
        middle = len(values) - len(after)
        named = [*enumerate(before), *((middle + i, name) for i, name in enumerate(after))]
        names = dict(named)
    else:
        # The last field takes whatever is left of the line.
        last = len(before) - 1
        if len(values) > len(before):
            values[last:] = [message[found[last].start() :].rstrip()]
        names = dict(enumerate(before))
    return {f"${names.get(i) or i + 1}": value for i, value in enumerate(values)}


def _bare(text: str) -> str:
    """Brackets and quotation marks hold a field together and are not part of it."""
    enclosed = len(text) > 1 and text[0] + text[-1] in ("[]", '""')
    return text[1:-1] if enclosed else text


_TERM = re.compile(r'(?P<mark>[?-]?)\s*(?:"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<bare>[^\s"]+))')


def _terms(pattern: str) -> Pattern:
    wanted: dict[str, list[str]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(pattern):
        if pattern[at].isspace():
            at += 1
            continue
        found = _TERM.match(pattern, at)
        if not found:
            raise _broken(pattern, at, "a quotation mark is not closed")
        wanted[found["mark"]].append(_term(found, pattern))
        at = found.end()
    return Pattern(pattern, "terms", _finder(wanted[""], wanted["?"], wanted["-"]))


def _term(found: re.Match[str], pattern: str) -> str:
    if found["quoted"] is not None:
        return re.sub(r"\\(.)", r"\1", found["quoted"])
    bare: str = found["bare"]
    odd = re.search(r"[^\w]", bare, re.ASCII)
    if odd and bare.startswith("%"):
        raise _broken(
            pattern, found.start("bare"), "a regular expression stands alone, between % and %"
        )
    if odd:
        place = found.start("bare") + odd.start()
        raise _broken(
            pattern, place, f'a term with {odd[0]!r} belongs in double quotes, as in "{bare}"'
        )
    return bare


def _finder(
    needed: list[str], optional: list[str], excluded: list[str]
) -> Callable[[str], Fields | None]:
    if optional and not needed and not excluded:
        return lambda message: {} if any(term in message for term in optional) else None

    def find(message: str) -> Fields | None:
        for term in needed:
            if term not in message:
                return None
        for term in excluded:
            if term in message:
                return None
        return {}

    return find


def _broken(pattern: str, at: int, problem: str) -> RuleError:
    return RuleError(CODE, point_at(pattern, at, f"Invalid filter pattern: {problem}"), at)
