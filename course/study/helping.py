"""Hints, what to read again, and trade-offs of each exercise: `lessons/NN_topic/help.toml`.

A student's package has no lessons. It carries the hints in one encoded file (`encode`), so that
nobody who reads or searches it meets one by chance; trade-offs stay behind.
"""

from __future__ import annotations

import base64
import json
import tomllib
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from course.errors import UserError

PACKAGED = Path(__file__).parent / "help.json"


@dataclass(frozen=True)
class Help:
    """What helps with one exercise. reread: a heading of its lesson. trade_offs: "" if not here."""

    hints: tuple[str, ...]
    reread: str
    trade_offs: str = ""


def find(lesson: str, name: str, folder: Path | None) -> Help | None:
    """The help for an exercise, from the course in `folder` or else from the package."""
    path = folder / "lessons" / lesson / "help.toml" if folder else None
    if path is not None and path.is_file():
        return read(path).get(name)
    return decode(PACKAGED).get(lesson, {}).get(name) if PACKAGED.is_file() else None


def read(path: Path) -> dict[str, Help]:
    """Exercise -> help, of one file in its order. Raises UserError for a file that is none."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        return {name: _help(row) for name, row in tables.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no file of help ({error}); restore it with git") from None


def _help(row: Mapping[str, Any]) -> Help:
    hints = tuple(" ".join(text.split()) for text in row["hints"])
    return Help(hints, row["reread"], " ".join(row.get("trade_offs", "").split()))


def encode(paths: Iterable[Path]) -> str:
    """The text of the package's file, from the help.toml of each lesson; without trade-offs."""
    found = {
        path.parent.name: {
            name: asdict(replace(each, trade_offs="")) for name, each in read(path).items()
        }
        for path in paths
    }
    packed = zlib.compress(json.dumps(found, ensure_ascii=False).encode(), 9)
    return json.dumps({"zlib": base64.b64encode(packed).decode("ascii")}) + "\n"


def decode(path: Path) -> dict[str, dict[str, Help]]:
    """Lesson -> exercise -> help, of a file that `encode` made."""
    try:
        packed = json.loads(path.read_text(encoding="utf-8"))["zlib"]
        found = json.loads(zlib.decompress(base64.b64decode(packed)))
    except (OSError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise UserError(f"{path} cannot be read ({error}); install the course again") from None
    return {
        lesson: {name: _help(row) for name, row in rows.items()} for lesson, rows in found.items()
    }
