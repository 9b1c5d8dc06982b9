"""`course insights 'QUERY' [FILE ...]`: a query from the terminal."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from course.errors import UserError
from course.insights import QueryError, run

HOW = 'one JSON object a line with "timestamp" (epoch ms) and "message"'


def answer(query: str, events: list[dict[str, Any]]) -> str:
    """The query's result as a text table; a refused query is the user's error, with its place."""
    try:
        found = run(query, events)
    except QueryError as error:
        raise UserError(str(error)) from None
    return str(found.to_string(index=False)) if len(found) else "no results"


def read(files: Sequence[Path]) -> list[dict[str, Any]]:
    """The events of NDJSON files, plain or gzipped."""
    return [event for path in files for event in _events(path)]


def _events(path: Path) -> list[dict[str, Any]]:
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; name a file of log events") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not text; it should hold {HOW}") from None
    return [_event(path, n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def _event(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
        return {**event, "timestamp": int(event["timestamp"]), "message": str(event["message"])}
    except (ValueError, TypeError, KeyError):
        raise UserError(f"{path}, line {number}: is no log event; it should be {HOW}") from None
