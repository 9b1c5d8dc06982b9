"""What a cluster of lines is called, and what stands in its places: the columns of `pattern`.

Source: CloudWatch Logs User Guide, "pattern" and "Pattern analysis": dynamic parts print as
`<Type-n>`, n counted from the left, `Token` where no type can be told; severity is ERROR when the
pattern holds the word Error (here also Fatal), else WARN when it holds Warn, else INFO, in any
letter case. @tokens has the members that users report of the service's rows (tokenString,
dynamicTokenPosition, isDynamic, inferredTokenName, enumerations), at most 10 values a token.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from course.insights.drain import Cluster
from course.insights.shapes import PLACEHOLDERS, filled, placeholders, split, values

MOST_VALUES = 10
MOST_SAMPLES = 10
_PIECES = re.compile("([" + "".join(PLACEHOLDERS) + "])")


@dataclass(frozen=True)
class Line:
    """An event of a pattern; `values` stand in the places of the template's `dynamic`."""

    time: int
    text: str
    values: tuple[str, ...]


class Template:
    """A cluster as text. pieces: what is fixed as str, what varies as (its type,)."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.pieces = _pieces(cluster)

    @cached_property
    def pattern(self) -> str:
        return "".join(
            piece if isinstance(piece, str) else f"<{name}>"
            for piece, name in zip(self.pieces, self._names, strict=True)
        )

    @cached_property
    def _names(self) -> list[str]:
        """`Type-n` for each piece that varies, "" for the others."""
        names, count = [], 0
        for piece in self.pieces:
            count += not isinstance(piece, str)
            names.append("" if isinstance(piece, str) else f"{piece[0]}-{count}")
        return names

    @property
    def dynamic(self) -> list[str]:
        return [name for name in self._names if name]

    @property
    def severity(self) -> str:
        low = self.pattern.lower()
        if "error" in low or "fatal" in low:
            return "ERROR"
        return "WARN" if "warn" in low else "INFO"

    @property
    def identity(self) -> str:
        return hashlib.md5(self.pattern.encode(), usedforsecurity=False).hexdigest()

    @property
    def regex(self) -> str:
        """A regex for Logs Insights that every line of the pattern meets."""
        parts = [_escaped(p) if isinstance(p, str) else "(.*?)" for p in self.pieces]
        return "^" + "".join(parts) + r"\s*$"

    def line(self, time: int, text: str, shape: str) -> Line:
        """An event whose shape is a member of the cluster."""
        given = values(text, shape)
        found = []
        for place, word in enumerate(split(shape)[0]):
            if self.cluster.words[place] is None:
                found.append(filled(word, given))
            else:
                found += [given.pop(0) for _ in placeholders(word)]
        return Line(time, text, tuple(found))

    def tokens(self, lines: list[Line]) -> str:
        """@tokens as JSON."""
        counts: list[Counter[str]] = [Counter() for _ in self.dynamic]
        for line in lines:
            for count, value in zip(counts, line.values, strict=True):
                count[value] += 1
        described: list[dict[str, Any]] = []
        for piece, name in zip(self.pieces, self._names, strict=True):
            if isinstance(piece, str):
                described.append({"tokenString": piece, "isDynamic": False})
                continue
            place = int(name.rsplit("-", 1)[1])
            seen = sorted(counts[place - 1].items(), key=lambda pair: (-pair[1], pair[0]))
            described.append(
                {
                    "tokenString": "<*>",
                    "isDynamic": True,
                    "dynamicTokenPosition": place,
                    "inferredTokenName": name,
                    "enumerations": dict(seen[:MOST_VALUES]),
                }
            )
        return json.dumps(described)

    def samples(self, lines: list[Line]) -> str:
        """@logSamples as JSON: the first lines of the pattern."""
        first = [{"timestamp": e.time, "logEvent": e.text} for e in lines[:MOST_SAMPLES]]
        return json.dumps(first)


def _pieces(cluster: Cluster) -> list[str | tuple[str]]:
    pieces: list[str | tuple[str]] = []
    for place, word in enumerate(cluster.words):
        if word is None:
            pieces.append((cluster.kind(place),))
        else:
            parts = _PIECES.split(word)
            pieces += [(PLACEHOLDERS[p],) if p in PLACEHOLDERS else p for p in parts]
        pieces.append(cluster.separators[place] if place < len(cluster.separators) else "")
    return _joined(pieces)


def _joined(pieces: list[str | tuple[str]]) -> list[str | tuple[str]]:
    """The same with neighbouring texts made one and empty ones left out."""
    joined: list[str | tuple[str]] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece:
            joined.append(piece)
    return joined


def _escaped(text: str) -> str:
    return re.sub(r"[\\.^$|?*+()\[\]{}]", r"\\\g<0>", text)
