"""A quiz's form tells nothing about right and wrong; its marking explains every option."""

from __future__ import annotations

import pytest

from course.study import quiz

QUESTION = {
    "id": "which_one",
    "key": "B",
    "options": {"A": "one", "B": "two", "C": "three", "D": "four"},
    "rationales": {"A": "why one", "B": "why two", "C": "why three", "D": "why four"},
}


@pytest.mark.parametrize(("given", "points"), [("B", 1), (" b ", 1), ("A", 0), ("", 0), (None, 0)])
def test_a_question_is_worth_one_point(given: str, points: int) -> None:
    assert quiz.mark({"which_one": given}, [QUESTION]) == points


def test_a_question_that_is_missing_counts_nothing() -> None:
    assert quiz.mark({}, [QUESTION]) == 0


def test_every_option_is_explained_and_the_chosen_one_marked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    quiz.mark({"which_one": "c"}, [QUESTION])
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "1. which_one: you chose C; the answer is B."
    for letter in quiz.LETTERS:
        assert QUESTION["options"][letter] in said and QUESTION["rationales"][letter] in said
    assert " > C wrong  three" in said and "   B right  two" in said


@pytest.mark.parametrize("given", ["A", "B", "C", "D"])
def test_the_form_says_the_same_of_right_and_wrong_letters(given: str) -> None:
    expected = "1 of 1 questions answered. The reasons come with your feedback."
    assert quiz.form({"which_one": given}, ["which_one"]) == expected


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ([], "should be a dictionary of question id to letter, not a list"),
        ({}, "has no entry 'which_one'"),
        ({"which_one": "E"}, "which_one is 'E'. Give one letter"),
        ({"which_one": 2}, "which_one is 2. Give one letter"),
        ({"which_one": "AB"}, "which_one is 'AB'"),
    ],
)
def test_the_form_says_what_to_mend(answers: object, says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        quiz.form(answers, ["which_one"])  # type: ignore[arg-type]
