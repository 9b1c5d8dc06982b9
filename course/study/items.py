"""The item bank: what is asked, and, where the bank itself is at hand, why each answer is right.

The questions alone (`exam_questions.json`, made from the bank by `make build`) come with the
package: nothing in them tells a key. Keys and reasons stand in `lessons/items/*.toml`, which a
clone of the repository has and a student's package has not.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from course.errors import UserError

PACKAGED = Path(__file__).parent / "exam_questions.json"
FOLDER = Path("lessons") / "items"


@dataclass(frozen=True)
class Question:
    """What a candidate sees. `choose` is the number of letters that it wants."""

    id: str
    section: str
    skills: tuple[str, ...]
    stem: str
    evidence: str
    options: Mapping[str, str]
    choose: int


@dataclass(frozen=True)
class Reasons:
    """What a candidate sees afterwards; letters are the bank's."""

    keys: tuple[str, ...]
    why: Mapping[str, str]
    when: Mapping[str, str]
    exam: str = ""
    source: str = ""


@dataclass(frozen=True)
class Bank:
    """Questions in the order of the files, and the reasons where they are at hand."""

    questions: tuple[Question, ...]
    reasons: Mapping[str, Reasons]

    @property
    def has_keys(self) -> bool:
        return bool(self.reasons)


@cache
def packaged() -> tuple[Question, ...]:
    """The questions that come with the package."""
    return tuple(_question(row) for row in json.loads(PACKAGED.read_text(encoding="utf-8")))


def find(course_dir: Path) -> Bank:
    """The bank of a clone; without one the packaged questions, which have no keys."""
    folder = course_dir / FOLDER
    return read(folder) if any(folder.glob("*.toml")) else Bank(packaged(), {})


def read(folder: Path) -> Bank:
    """Every item of the files in `folder`. Raises UserError for a file that is no bank."""
    rows = [row for path in sorted(folder.glob("*.toml")) for row in _rows(path)]
    questions = tuple(_question(row | {"choose": len(row["keys"])}) for row in rows)
    return Bank(questions, {row["id"]: _reasons(row) for row in rows})


def _rows(path: Path) -> list[dict[str, Any]]:
    try:
        return list(tomllib.loads(path.read_text(encoding="utf-8"))["item"])
    except (tomllib.TOMLDecodeError, KeyError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is no file of items ({error}); restore it with git") from None


def _question(row: Mapping[str, Any]) -> Question:
    return Question(
        id=row["id"],
        section=row["section"],
        skills=tuple(row["skills"]),
        stem=" ".join(row["stem"].split()),
        evidence=row.get("evidence", "").strip("\n"),
        options={letter: " ".join(text.split()) for letter, text in row["options"].items()},
        choose=row["choose"],
    )


def _reasons(row: Mapping[str, Any]) -> Reasons:
    return Reasons(tuple(row["keys"]), row["why"], row["when"], row["exam"], row["source"])


def without_keys(questions: Iterable[Question]) -> str:
    """The text of `exam_questions.json`: one question a line."""
    lines = [json.dumps(asdict(question), ensure_ascii=False) for question in questions]
    return "[\n" + ",\n".join(lines) + "\n]\n"
