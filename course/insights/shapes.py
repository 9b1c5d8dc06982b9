"""The shape of a log line: what varies by its nature becomes a placeholder, the rest stays.

The first step of `pattern`, done in SQL because it touches every line. Times, ids, addresses and
numbers are told by how they are written (ISO 8601, Apache, syslog; UUIDs, hexadecimal words, words
that begin with a digit and hold a hyphen, as in the guide's own example; IPv4 and IPv6; numbers
that stand by themselves, so that `us-east-1` and `v2` stay words). A placeholder is one character
of Unicode's private use area; a line that holds such a character has it taken for a placeholder.
"""

from __future__ import annotations

import re

PLACEHOLDERS = {"\ue000": "Time", "\ue001": "ID", "\ue002": "IP", "\ue003": "Number"}
_TIME = (
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?\b"
    r"|\b[0-9]{1,2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9]{2}:[0-9]{2}:[0-9]{2}(?: [+-][0-9]{4})?"
    r"|\b[A-Z][a-z]{2} +[0-9]{1,2} [0-9]{2}:[0-9]{2}:[0-9]{2}\b"
    r"|\b[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?\b"
)
_ID = (
    r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    r"|\b[0-9][0-9A-Za-z]*(?:-[0-9A-Za-z]+)+\b"
    r"|\b(?:[0-9]+[a-fA-F]|[a-fA-F]+[0-9])[0-9a-fA-F]{6,}\b"
)
_IP = (
    r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b"
    r"|\b(?:[0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}\b"
    r"|\b(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4}){1,6}\b"
)
_NUMBER = r"(^|[^\w.\-])[-+]?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\b"


def _masked() -> str:
    sql = "t"
    for mask, pattern in zip(PLACEHOLDERS, (_TIME, _ID, _IP, _NUMBER), strict=True):
        kept = r"\1" if pattern is _NUMBER else ""
        sql = f"regexp_replace({sql}, '{pattern}', '{kept}{mask}', 'g')"
    return sql


# Static text, like the other macros: nothing of a query gets here.
SHAPE_MACROS = (f"line_shape(t) AS {_masked()}",)

_SEPARATORS = re.compile(r"([\s\"'{}\[\](),:;=|<>]+)")
_MASK = re.compile("[" + "".join(PLACEHOLDERS) + "]")


def split(shape: str) -> tuple[list[str], tuple[str, ...]]:
    """The words of a shape and what stands between them: words[0] separators[0] words[1] ..."""
    parts = _SEPARATORS.split(shape)
    return parts[::2], tuple(parts[1::2])


def placeholders(word: str) -> list[str]:
    """The placeholder characters in a word, in order."""
    return _MASK.findall(word)


def values(line: str, shape: str) -> list[str]:
    """What stands in `line` for each placeholder of its `shape`, in order."""
    first, *literals = _MASK.split(shape)
    found, begin = [], len(first)
    for index, literal in enumerate(literals):
        is_last = index == len(literals) - 1
        end = len(line) - len(literal) if is_last else line.find(literal, begin + 1)
        found.append(line[begin:end])
        begin = end + len(literal)
    return found


def filled(word: str, given: list[str]) -> str:
    """The word with its placeholders replaced, taking values from the front of `given`."""
    return _MASK.sub(lambda _: given.pop(0), word)
