"""Forms are drawn alike everywhere, give every skill its share, and are marked as AWS marks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.study import exam
from course.study.exam import SKILLS, Asked, Form, Share
from tests.study import sample_bank

BANK = sample_bank.bank()
KEYS = {name: reasons.keys for name, reasons in BANK.reasons.items()}
seeds = st.text("abcdefghijklmnopqrstuvwxyz0123456789-. ", min_size=1, max_size=12)
lengths = st.sampled_from(sorted(exam.LENGTHS))


def draw(seed: str = "ada", length: str = "short") -> Form:
    return exam.form(seed, length, BANK.questions)


def right_answers(form: Form) -> dict[str, str]:
    return {each.id: each.letters(KEYS[each.id]) for each in form.asked}


@settings(max_examples=30, deadline=None)
@given(seed=seeds, length=lengths)
def test_a_form_has_its_size_and_no_question_twice(seed: str, length: str) -> None:
    form, plan = draw(seed, length), exam.LENGTHS[length]
    assert len(set(form.ids)) == len(form.asked) == plan.questions
    assert sum(not each.scored for each in form.asked) == plan.unscored
    assert form.minutes == plan.minutes


@settings(max_examples=30, deadline=None)
@given(seed=seeds, length=lengths)
def test_a_shuffled_question_has_the_same_options(seed: str, length: str) -> None:
    for each in draw(seed, length).asked:
        assert list(each.shown) == sorted(each.shown) == sorted(each.question.options)
        assert sorted(each.shown.values()) == sorted(each.question.options)


@settings(max_examples=30, deadline=None)
@given(seed=seeds, length=lengths)
def test_all_right_answers_are_all_right_and_none_are_none(seed: str, length: str) -> None:
    form = draw(seed, length)
    best, worst = exam.result(form, right_answers(form), KEYS), exam.result(form, {}, KEYS)
    assert best.score.percent == 100 and not best.missed
    assert worst.score.percent == 0 and worst.missed == form.ids


@pytest.mark.parametrize("seed", ["ada", "bob", "self-1", "self-2"])
@pytest.mark.parametrize(("length", "least"), [("full", 3), ("domain", 2), ("short", 1)])
def test_every_skill_has_its_share(seed: str, length: str, least: int) -> None:
    asked = Counter(s for each in draw(seed, length).asked for s in each.question.skills)
    assert min(asked[skill] for skill in SKILLS) >= least
    assert max(asked.values()) <= 2 * least + 3


def test_a_short_form_spreads_over_the_three_tasks() -> None:
    asked = Counter(s[:3] for each in draw().asked for s in each.question.skills)
    assert min(asked.values()) >= 4 and len(asked) == 3


def test_the_same_seed_gives_the_same_form_wherever_it_is_drawn() -> None:
    assert draw() == draw(" ADA ") and draw() != draw("bob")
    # Written down, so that another version of Python or of this code that draws otherwise shows.
    assert draw().ids[:3] == ["case_202", "case_024", "case_230"]
    assert "".join(draw().asked[0].shown.values()) == "BACD"


def test_seeds_move_letters_as_well_as_questions() -> None:
    asked: dict[str, set[str]] = {}
    for number in range(20):
        for each in draw(f"s{number}").asked:
            asked.setdefault(each.id, set()).add(each.letters(KEYS[each.id]))
    assert sum(len(letters) > 1 for letters in asked.values()) > len(asked) / 2


def test_one_more_question_in_the_bank_changes_few_of_a_form() -> None:
    more = exam.form("ada", "full", [*BANK.questions, sample_bank.question(999)])
    assert len(set(more.ids) & set(draw("ada", "full").ids)) >= 55


@pytest.mark.parametrize(
    ("length", "pool", "says"),
    [("long", 240, "length is one of full, domain, short"), ("full", 64, "needs 65 questions")],
)
def test_what_cannot_be_drawn(length: str, pool: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        exam.form("ada", length, sample_bank.bank(pool).questions)


# --- answers ---


def asked(choose: int) -> Asked:
    question = next(q for q in BANK.questions if q.choose == choose)
    return exam.shuffled(question, "ada")


@pytest.mark.parametrize(
    ("given", "choose", "letters"),
    [("b", 1, "B"), (" B ", 1, "B"), ("", 1, ""), ("db", 2, "BD"), ("B, D", 2, "BD")]
    + [("B d", 2, "BD"), ("fab", 3, "ABF"), ("", 3, "")],
)
def test_letters_as_they_are_typed(given: str, choose: int, letters: str) -> None:
    assert exam.letters(given, asked(choose)) == letters


@pytest.mark.parametrize(
    ("given", "choose", "says"),
    [("e", 1, "one letter from A to D"), ("AB", 1, "one letter"), (3, 1, "in quotes")]
    + [("A", 2, "2 letters, as in BD from A to E"), ("AA", 2, "2 letters"), ("B?", 2, "2 letters")]
    + [("ABCD", 3, "3 letters, as in BDF"), (None, 3, "in quotes")],
)
def test_what_is_no_answer(given: Any, choose: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        exam.letters(given, asked(choose))


@pytest.mark.parametrize("given", ["", "nonsense", None, 7])
def test_what_is_no_answer_is_marked_as_none(given: object) -> None:
    marked = exam.mark(asked(1), given, KEYS[asked(1).id])
    assert (marked.given, marked.right) == ("", False)


def test_a_part_of_the_keys_counts_nothing() -> None:
    each = asked(2)
    keys = each.letters(KEYS[each.id])
    other = next(letter for letter in each.shown if letter not in keys)
    assert exam.mark(each, keys, KEYS[each.id]).right
    assert not exam.mark(each, keys[0] + other, KEYS[each.id]).right
    assert not exam.mark(each, keys[0], KEYS[each.id]).right


# --- results ---


@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3 (score, uncorrected).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
    + [(1, 29, 0.0061, 0.1718)],
)
def test_wilson_against_published_intervals(right: int, of: int, low: float, high: float) -> None:
    assert exam.wilson(right, of) == pytest.approx((low, high), abs=5e-5)


@settings(max_examples=100, deadline=None)
@given(of=st.integers(1, 100), data=st.data())
def test_wilson_holds_the_share_and_mirrors(of: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, of))
    low, high = exam.wilson(right, of)
    assert 0 <= low <= right / of + 1e-9 and right / of - 1e-9 <= high <= 1
    assert exam.wilson(of - right, of) == pytest.approx((1 - high, 1 - low))


def test_nothing_asked_says_nothing() -> None:
    assert exam.wilson(0, 0) == (0, 1) and Share(0, 0).percent == 0


def test_unscored_questions_count_for_skills_alone() -> None:
    form = draw("ada", "full")
    scored = {each.id for each in form.asked if each.scored}
    answers = {k: v for k, v in right_answers(form).items() if k in scored}
    outcome = exam.result(form, answers, KEYS)
    assert (outcome.score.right, outcome.score.of) == (50, 50)
    assert (outcome.unscored.right, outcome.unscored.of) == (0, 15)
    missed = [s for e in form.asked if not e.scored for s in e.question.skills]
    shares = outcome.by_skill()
    assert sum(s.of - s.right for s in shares.values()) == len(missed)
    assert all(shares[s].right < shares[s].of for s in missed)
