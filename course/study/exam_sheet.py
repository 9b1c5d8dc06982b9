"""The exam in a notebook: its questions on a page, its answers in a dictionary, its mark.

`filled` stands in the visible check, `mark` in the hidden region with keys and reasons beside it:
the package that a student has holds neither.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

from course.study import exam, exam_text
from course.study.exam import Asked, Form

# id -> its keys and the reason for each option, in the bank's letters
Keys = Mapping[str, tuple[str, Mapping[str, str]]]


@dataclass(frozen=True)
class Page:
    """Text that a notebook renders as Markdown."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __str__(self) -> str:
        return self.text


def page(student: str, length: str = "short") -> Page:
    """The questions of the form that belongs to `student`, and the dictionary to fill in."""
    if not _named(student):
        return Page("Write your id into `student` above and run both cells: it draws your form.")
    drawn = exam.form(student, length)
    asked = [_question(number, each) for number, each in enumerate(drawn.asked, start=1)]
    return Page(
        "\n\n".join([*asked, "Copy into the answer cell:", f"```python\n{blank(drawn)}```"])
    )


def _question(number: int, asked: Asked) -> str:
    stem = f"**{number}. `{asked.id}`** {asked.question.stem}"
    evidence = [f"~~~text\n{asked.question.evidence}\n~~~"] if asked.question.evidence else []
    options = "\n".join(f"- **{letter}.** {text}" for letter, text in asked.options.items())
    return "\n\n".join([stem, *evidence, options])


def blank(drawn: Form, answers: Mapping[str, str] | None = None) -> str:
    """The answer dictionary as code: empty, or with the answers given so far."""
    given = answers or {}
    lines = [f'    "{each.id}": "{given.get(each.id, "")}",{_hint(each)}\n' for each in drawn.asked]
    return "answers = {\n" + "".join(lines) + "}\n"


def _hint(asked: Asked) -> str:
    many = asked.question.choose
    return "" if many == 1 else f"  # {exam_text.NUMBERS[many]} letters"


def filled(student: object, answers: object, length: str = "short") -> str:
    """How much is filled in; nothing about right and wrong.

    Raises AssertionError, with what to do, where the dictionary cannot be marked.
    """
    drawn = _form(student, length)
    assert isinstance(answers, Mapping), (
        f"answers should be a dictionary of question id to letters, not {type(answers).__name__}. "
        "Copy it from below the questions."
    )
    assert answers, "answers is empty. Copy the dictionary from below the questions, and fill it."
    strange = [name for name in answers if name not in drawn.ids]
    assert not strange, (
        f"{strange[0]!r} is not in the form of {drawn.seed!r}. Is `student` the id that the form "
        "was drawn with? Then copy the dictionary anew from below the questions."
    )
    for each in drawn.asked:
        _check_answer(each, answers.get(each.id, ""))
    done = sum(bool(answers.get(name)) for name in drawn.ids)
    return (
        f"Form of {drawn.seed!r}: {done} of {len(drawn.asked)} questions answered. The reasons "
        "come with your feedback."
    )


def _form(student: object, length: str) -> Form:
    assert isinstance(student, str), f"student should be a text, not a {type(student).__name__}."
    assert _named(student), (
        "student is empty. Write your id between the quotes; it draws your form."
    )
    return exam.form(student, length)


def _named(student: str) -> bool:
    return bool(student.strip())


def _check_answer(asked: Asked, given: object) -> None:
    try:
        exam.letters(given, asked)
    except ValueError as error:
        raise AssertionError(f"{asked.id} is {given!r}: {error}.") from None


def mark(student: str, answers: Mapping[str, object], keys: Keys, length: str = "short") -> int:
    """Print each question's outcome and the reason for each option; return the points."""
    drawn = _form(student, length)
    unknown = [name for name in drawn.ids if name not in keys]
    assert not unknown, f"This notebook has no key of {unknown[0]!r}: build it anew (make build)."
    outcome = exam.result(drawn, answers, {name: key for name, (key, _) in keys.items()})
    for number, marked in enumerate(outcome.marked, start=1):
        print(f"{number}. {exam_text.verdict(marked)}")
        for letter, own in marked.asked.shown.items():
            print(_reason(letter, marked.given, marked.keys, keys[marked.asked.id][1][own]))
    print("\n" + exam_text.result(outcome))
    return outcome.score.right


def _reason(letter: str, given: str, keys: str, why: str) -> str:
    pointer = ">" if letter in given else " "
    label = f" {pointer} {letter} {'right' if letter in keys else 'wrong'}  "
    return textwrap.fill(
        " ".join(why.split()), 100, initial_indent=label, subsequent_indent=" " * len(label)
    )
