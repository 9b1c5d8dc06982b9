"""Every exercise keeps the contract: blank, reference, alternatives, misconceptions, mutants."""

from __future__ import annotations

import ast

import pytest

from tests.lessons import contract
from tests.lessons.contract import Exercise
from tests.lessons.mutants import mutants

EXERCISES = contract.exercises()
# A quiz and the exam have keys and reasons instead of misconceptions and mutants; test_quiz.py and
# test_items.py judge them.
CODED = [e for e in EXERCISES if e.name not in ("quiz", "exam")]


def label(exercise: Exercise) -> str:
    return f"{exercise.lesson}-{exercise.name}"


def cases(right: bool) -> list[pytest.param]:  # type: ignore[valid-type]
    return [
        pytest.param(exercise, text, id=f"{label(exercise)}-{stem}")
        for exercise in CODED
        for stem, text in contract.answers(exercise).items()
        if stem.startswith("right_") == right
    ]


def normal(answer: str) -> str:
    """An answer without comments and layout, to tell whether two are the same."""
    return "".join(ast.unparse(ast.parse(answer)).replace("\\n", "").split())


every_exercise = pytest.mark.parametrize("exercise", EXERCISES, ids=label)
coded_exercise = pytest.mark.parametrize("exercise", CODED, ids=label)


@every_exercise
def test_blank_scores_nothing(exercise: Exercise) -> None:
    outcome = contract.run(exercise, exercise.blank)
    assert outcome.points == 0
    if exercise in CODED:
        assert outcome.message and "Error:" not in outcome.message, (
            f"a blank answer should be told that nothing was answered yet, not {outcome.message!r}"
        )


@every_exercise
def test_reference_scores_full_marks(exercise: Exercise) -> None:
    outcome = contract.run(exercise, exercise.reference)
    assert (outcome.points, outcome.message) == (exercise.points, "")


@coded_exercise
@pytest.mark.parametrize("seed", ["autumn-2027", "k7"])
def test_reference_scores_full_marks_with_another_secret_seed(
    exercise: Exercise, seed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_SEED", seed)
    outcome = contract.run(exercise, exercise.reference)
    assert (outcome.points, outcome.message) == (exercise.points, "")


@coded_exercise
def test_enough_answers_stand_beside_the_exercise(exercise: Exercise) -> None:
    stems = contract.answers(exercise).keys()
    right = [stem for stem in stems if stem.startswith("right_")]
    assert right and len(stems) - len(right) >= 3
    assert "hard_coded" in stems


@pytest.mark.parametrize(("exercise", "answer"), cases(right=True))
def test_a_different_right_answer_scores_full_marks(exercise: Exercise, answer: str) -> None:
    outcome = contract.run(exercise, answer)
    assert (outcome.points, outcome.message) == (exercise.points, "")


@pytest.mark.parametrize(("exercise", "answer"), cases(right=False))
def test_a_wrong_answer_meets_its_own_message(exercise: Exercise, answer: str) -> None:
    expected = contract.expected_message(answer)
    assert expected, "the file needs a line `# expect: part of the message`"
    outcome = contract.run(exercise, answer)
    assert outcome.points == 0
    assert expected in outcome.message


@coded_exercise
def test_misconceptions_are_told_apart(exercise: Exercise) -> None:
    wrong = {s: a for s, a in contract.answers(exercise).items() if not s.startswith("right_")}
    expected = [contract.expected_message(answer) for answer in wrong.values()]
    assert len(set(expected)) >= 3, f"only {len(set(expected))} different messages: {expected}"


@coded_exercise
def test_mutants_of_the_reference_are_killed(exercise: Exercise) -> None:
    """A mutant that is right after all stands beside the exercise as a `right_*.py`."""
    answers = contract.answers(exercise).items()
    right = {normal(text) for stem, text in answers if stem.startswith("right_")}
    made = [text for text in mutants(exercise.reference) if normal(text) not in right]
    alive = [text for text in made if contract.run(exercise, text).points == exercise.points]
    killed = 1 - len(alive) / len(made)
    assert killed >= 0.9, f"{killed:.0%} killed; alive:\n" + "\n---\n".join(alive)
