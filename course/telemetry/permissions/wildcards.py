"""IAM's wildcards and policy variables.

Follows the IAM User Guide, "IAM JSON policy elements: Resource" (* any text, ? any one character)
and "IAM policy elements: Variables and tags" (${key}, a default after a comma, and ${*}, ${?}, ${$}
for the characters themselves). A variable's value stands for itself: a * in it is no wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

Context = Mapping[str, tuple[str, ...]]
_PIECE = re.compile(r"\$\{([^}]*)\}|\*|\?|[^*?$]+|\$")
_DEFAULT = re.compile(r"\s*([^,]+?)\s*,\s*'([^']*)'\s*")


def like(text: str, pattern: str, context: Context | None = None) -> bool:
    """Whether a text fits a pattern; a variable without a value fits nothing."""
    shape = _expression(pattern, context)
    return shape is not None and _compiled(shape).fullmatch(text) is not None


def filled(text: str, context: Context) -> str | None:
    """A text with its variables replaced, where wildcards mean nothing; None if one is unknown."""
    pieces = [_filled(match, context) for match in _PIECE.finditer(text)]
    return None if None in pieces else "".join(str(piece) for piece in pieces)


def _filled(match: re.Match[str], context: Context) -> str | None:
    return match.group() if match.group(1) is None else _value(match.group(1), context)


def _expression(pattern: str, context: Context | None) -> str | None:
    """A pattern as a regular expression."""
    written: list[str] = []
    for match in _PIECE.finditer(pattern):
        piece, variable = match.group(), match.group(1)
        if variable is not None and context is not None:
            value = _value(variable, context)
            if value is None:
                return None
            written.append(re.escape(value))
        else:
            written.append({"*": ".*", "?": "."}.get(piece, re.escape(piece)))
    return "".join(written)


def _value(variable: str, context: Context) -> str | None:
    if variable in ("*", "?", "$"):
        return variable
    found = _DEFAULT.fullmatch(variable)
    key, otherwise = found.groups() if found else (variable.strip(), None)
    values = context.get(key.lower(), ())
    # A key with several values cannot be a variable.
    return values[0] if len(values) == 1 else otherwise


@lru_cache(maxsize=2048)
def _compiled(shape: str) -> re.Pattern[str]:
    return re.compile(shape, re.DOTALL)
