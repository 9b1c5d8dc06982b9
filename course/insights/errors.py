"""What a reader of a refused query sees: the line, a caret, what was expected, an example.

AWS answers a bad query with MalformedQueryException and character offsets (botocore model
logs/2014-03-28, shape QueryCompileErrorLocation); `start` and `end` are those offsets. The words
are ours, except where AWS's own sentence is known (single assignment, unknown symbols after stats).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class QueryError(ValueError):
    """A query that cannot be run, and how to mend it.

    message: one sentence. start, end: character offsets in the query, end exclusive.
    line, column: of `start`, counted from 1. expected: what could stand there instead.
    suggestion: the nearest known word, or None. example: a line that works, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        span: tuple[int, int] = (0, 0),
        expected: Iterable[str] = (),
        suggestion: str | None = None,
        example: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.start, self.end = span
        self.expected = tuple(expected)
        self.suggestion = suggestion
        self.example = example
        self.query = ""
        self.line, self.column = 1, 1

    def attach(self, query: str) -> QueryError:
        """Give the error its query, so that it can show the line."""
        if not self.query:
            self.query = query
            before = query[: self.start]
            self.line = before.count("\n") + 1
            self.column = self.start - (before.rfind("\n") + 1) + 1
        return self

    def __str__(self) -> str:
        parts = [f"{self.message} (line {self.line}, column {self.column})", *self._picture()]
        if self.expected:
            parts.append("Expected: " + ", ".join(self.expected) + ".")
        if self.suggestion:
            parts.append(f"Did you mean `{self.suggestion}`?")
        if self.example:
            parts.append(f"Example: {self.example}")
        return "\n".join(parts)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the message alone; the frames below are not the reader's code."""
        return [f"{type(self).__name__}: {self}"]

    def _picture(self) -> list[str]:
        if not self.query:
            return []
        line = self.query.split("\n")[self.line - 1]
        width = max(1, min(self.end - self.start, len(line) - self.column + 1))
        indent = "".join("\t" if c == "\t" else " " for c in line[: self.column - 1])
        return [f"  {line}", f"  {indent}{'^' * width}"]


class NoLogGroup(QueryError):
    """A SOURCE names a log group that does not exist (ResourceNotFoundException on AWS)."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that `word` was probably meant to be, in any letter case, or None."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None
