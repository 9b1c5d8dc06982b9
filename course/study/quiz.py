"""Marking a multiple-choice quiz and explaining every option.

`form` stands in the notebook's visible check: it says what is still open and never whether a letter
is right. `mark` stands in the hidden region: it prints the rationale of every option and returns
the points, which nbgrader takes as the cell's partial credit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

LETTERS = ("A", "B", "C", "D")


def form(answers: Mapping[str, str], ids: Sequence[str]) -> str:
    """How much of the quiz is filled in.

    Raises AssertionError, with what to do, where a question is missing or a letter is none of A-D.
    """
    assert isinstance(answers, Mapping), (
        f"answers should be a dictionary of question id to letter, not a {type(answers).__name__}. "
        'Restore the cell from the release and fill in the letters, as in "some_question": "B".'
    )
    missing = [i for i in ids if i not in answers]
    assert not missing, f"answers has no entry {missing[0]!r}. Put the line back."
    odd = {i: answers[i] for i in ids if letter(answers[i]) is None}
    for question, given in odd.items():
        raise AssertionError(f"{question} is {given!r}. Give one letter: A, B, C or D.")
    done = sum(bool(letter(answers[i])) for i in ids)
    return f"{done} of {len(ids)} questions answered. The reasons come with your feedback."


def letter(given: object) -> str | None:
    """A-D, in capitals; "" where nothing was answered; None where it is no letter of ours."""
    if not isinstance(given, str):
        return None
    cleaned = given.strip().upper()
    return cleaned if cleaned in ("", *LETTERS) else None


def mark(answers: Mapping[str, str], questions: Sequence[Mapping[str, Any]]) -> int:
    """Print each question's result and the reason for each option; return the points."""
    points = 0
    for number, question in enumerate(questions, start=1):
        given = letter(answers.get(question["id"], "")) or ""
        right = given == question["key"]
        points += right
        print(_verdict(number, question, given, right))
        for option in LETTERS:
            print(_option(option, question, given))
        print()
    return points


def _verdict(number: int, question: Mapping[str, Any], given: str, right: bool) -> str:
    chosen = f"you chose {given}" if given else "not answered"
    outcome = "right" if right else f"the answer is {question['key']}"
    return f"{number}. {question['id']}: {chosen}; {outcome}."


def _option(option: str, question: Mapping[str, Any], given: str) -> str:
    """The option as it was worded, and below it why it is right or when it would be."""
    pointer = ">" if option == given else " "
    verdict = "right" if option == question["key"] else "wrong"
    label = f" {pointer} {option} {verdict}  "
    margin = " " * len(label)
    worded = _fill(question["options"][option], label, margin)
    reason = _fill(question["rationales"][option], f"{margin}| ", f"{margin}| ")
    return f"{worded}\n{reason}"


def _fill(text: str, first: str, later: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100, initial_indent=first, subsequent_indent=later)
