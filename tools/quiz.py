"""A graded quiz: one TOML file of questions becomes question cells, an answer and a check cell.

The key and the rationales stand only in the hidden region of the check cell, so that a release
never holds them; `course.study.quiz.mark` prints them when the submission is graded.
"""

from __future__ import annotations

import pprint
import tomllib
from pathlib import Path
from typing import Any

from tools.lesson import Cell, LessonError

LETTERS = ("A", "B", "C", "D")


def questions(path: Path, name: str) -> list[dict[str, Any]]:
    """The questions of one quiz file, complete and with unique ids."""
    try:
        loaded = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
    except FileNotFoundError:
        raise LessonError(f"{name}: no such quiz file; write it or drop the marker") from None
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise LessonError(f"{name}: is no quiz ({error}); see CONTRIBUTING.md, Quiz") from None
    for question in loaded:
        _check(question, name)
    ids = [question["id"] for question in loaded]
    doubled = sorted({i for i in ids if ids.count(i) > 1})
    if doubled:
        raise LessonError(f"{name}: question {doubled[0]!r} stands twice; rename one")
    return list(loaded)


def _check(question: dict[str, Any], name: str) -> None:
    label = f"{name}, question {question.get('id', question.get('stem', '?')[:30])!r}"
    for key in ("id", "stem", "key", "options", "rationales"):
        if not question.get(key):
            raise LessonError(f"{label}: no {key}; every question needs one")
    for part in ("options", "rationales"):
        if tuple(sorted(question[part])) != LETTERS:
            raise LessonError(f"{label}: {part} must be exactly A, B, C and D")
    if question["key"] not in LETTERS:
        raise LessonError(f"{label}: the key is {question['key']!r}; use A, B, C or D")


def expand(cell: Cell, path: Path) -> list[Cell]:
    """The quiz cell's own text, a cell for each question, the answer cell and the check cell."""
    asked = questions(path, f"{Path(cell.file).parent.as_posix()}/{path.name}")
    intro = Cell(cell.file, cell.number, "markdown", cell.source)
    texts = [
        Cell(cell.file, cell.number, "markdown", _question_text(number, question))
        for number, question in enumerate(asked, start=1)
    ]
    answer = Cell(cell.file, cell.number, "code", _answer_source(asked), {"answer": "quiz"})
    marking = {"check": "quiz", "points": cell.markers["points"]}
    if marking["points"] != len(asked):
        cell.refuse(f"{marking['points']} points for {len(asked)} questions; each is worth one")
    check = Cell(cell.file, cell.number, "code", _check_source(asked), marking)
    return [intro, *texts, answer, check]


def _question_text(number: int, question: dict[str, Any]) -> str:
    options = "\n".join(f"- **{k}.** {question['options'][k].strip()}" for k in LETTERS)
    return f"**{number}. `{question['id']}`** {question['stem'].strip()}\n\n{options}"


def _answer_source(asked: list[dict[str, Any]]) -> str:
    lines = "\n".join(f'    "{question["id"]}": "",' for question in asked)
    key = "\n".join(f'    "{q["id"]}": "{q["key"]}",' for q in asked)
    return (
        "# One letter between each pair of quotes: A, B, C or D.\n"
        f"answers = {{\n{lines}\n}}\n"
        f"### BEGIN SOLUTION\nanswers = {{\n{key}\n}}\n### END SOLUTION"
    )


def _check_source(asked: list[dict[str, Any]]) -> str:
    kept = [
        {key: question[key] for key in ("id", "key", "options", "rationales")} for question in asked
    ]
    literal = pprint.pformat(kept, width=110, sort_dicts=False)
    return (
        "from course.study import quiz\n\n"
        f"print(quiz.form(answers, {[q['id'] for q in asked]!r}))\n"
        f"### BEGIN HIDDEN TESTS\nquestions = {literal}\n"
        "quiz.mark(answers, questions)\n### END HIDDEN TESTS"
    )
