"""The exam in a notebook: a page to read, a dictionary to fill, a mark with reasons."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from course.study import exam, exam_sheet, items
from tests.study import sample_bank

BANK = sample_bank.bank()
KEYS = {name: ("".join(r.keys), r.why) for name, r in BANK.reasons.items()}


@pytest.fixture(autouse=True)
def packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sample in the place of the package's questions."""
    monkeypatch.setattr(items, "packaged", lambda: BANK.questions)


def answers(student: str = "ada") -> dict[str, str]:
    form = exam.form(student)
    return {each.id: each.letters(BANK.reasons[each.id].keys) for each in form.asked}


def test_the_page_shows_all_and_ends_with_the_dictionary() -> None:
    page = exam_sheet.page("ada")
    text = page._repr_markdown_()
    assert str(page) == text
    for each in exam.form("ada").asked:
        assert each.question.stem in text and each.question.evidence in text
        assert all(f"- **{letter}.** {words}" in text for letter, words in each.options.items())
    code = text.split("```python\n")[1].removesuffix("```")
    blank = ast.literal_eval(code.removeprefix("answers = "))
    assert list(blank) == exam.form("ada").ids and set(blank.values()) == {""}
    assert "# TWO letters" in code


@pytest.mark.parametrize("student", ["", "  "])
def test_without_a_name_there_is_no_form(student: str) -> None:
    assert "Write your id" in str(exam_sheet.page(student))


def test_a_form_says_how_much_is_filled_in_whatever_the_letters() -> None:
    right = answers()
    wrong = {name: "ABC"[: len(letters)] for name, letters in right.items()}
    said = exam_sheet.filled("Ada", right)
    assert said == exam_sheet.filled("ada", wrong)
    assert said.startswith("Form of 'ada': 20 of 20 questions answered.")
    some = dict(list(right.items())[:5])
    assert "5 of 20" in exam_sheet.filled("ada", some)


@pytest.mark.parametrize(
    ("student", "given", "says"),
    [
        ("", {}, "student is empty"),
        (7, {}, "student should be a text, not a int"),
        ("ada", [], "should be a dictionary of question id to letters, not list"),
        ("ada", {}, "answers is empty. Copy the dictionary"),
        ("bob", "ada's", "is not in the form of 'bob'"),
        ("ada", "letter Z", "is 'Z': give"),
        ("ada", "number", "is 2: give"),
    ],
)
def test_a_form_says_what_to_mend(student: Any, given: Any, says: str) -> None:
    first = exam.form("ada").ids[0]
    damaged = {"ada's": answers(), "letter Z": {first: "Z"}, "number": {first: 2}}
    given = damaged[given] if isinstance(given, str) else given
    with pytest.raises(AssertionError, match=says):
        exam_sheet.filled(student, given)


def test_right_answers_get_all_points(capsys: pytest.CaptureFixture[str]) -> None:
    assert exam_sheet.mark("ada", answers(), KEYS) == 20
    said = capsys.readouterr().out
    assert said.count("; right.") == 20 and "Raw score: 20 of 20, 100 %" in said
    assert "cannot be computed" in said


def test_the_banks_letters_are_not_the_forms(capsys: pytest.CaptureFixture[str]) -> None:
    own = {name: KEYS[name][0] for name in answers()}
    assert exam_sheet.mark("ada", own, KEYS) < 20


def test_every_option_is_explained_where_it_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    given = answers()
    name = next(iter(given))
    given[name] = ""
    assert exam_sheet.mark("ada", given, KEYS) == 19
    said = capsys.readouterr().out
    asked = exam.form("ada").asked[0]
    key = asked.letters(BANK.reasons[name].keys)
    assert f"1. {name}: not answered; the answer is {key}." in said
    for letter, own in asked.shown.items():
        outcome = "right" if letter in key else "wrong"
        assert f"   {letter} {outcome}  why {own.lower()} {name}" in said


def test_a_notebook_of_another_bank_is_told_from_a_wrong_answer() -> None:
    with pytest.raises(AssertionError, match="has no key of .*make build"):
        exam_sheet.mark("ada", answers(), {})


def test_strange_answers_are_no_points_and_no_errors() -> None:
    assert exam_sheet.mark("ada", {"case_001": 3, "else": "A"}, KEYS) == 0
