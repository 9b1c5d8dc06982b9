"""lessons/items/*.toml, the bank of the mock exam, under the rules of item_rules.py.

The bank must have no fault; a sound miniature bank, damaged in one place, must have the one that is
meant: so each rule can fail.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from course.study.exam import SKILLS
from tests.lessons.item_rules import (
    BANK_RULES,
    FILES,
    LESSONS,
    Bank,
    BankRule,
    Item,
    every,
    facts,
    faults,
    jaccard,
    load,
    shingles,
)

# --- the bank of the course ---------------------------------------------------------------------


@cache
def course_bank() -> Bank:
    return {path.stem: load(path) for path in sorted((LESSONS / "items").glob("*.toml"))}


@pytest.mark.parametrize("file", FILES)
def test_file_is_fair(file: str) -> None:
    assert file in course_bank(), f"lessons/items/{file}.toml is missing"
    found = faults(course_bank()[file], file)
    assert not found, "\n".join([f"items/{file}.toml:", *found])


@pytest.mark.parametrize("rule", BANK_RULES, ids=lambda rule: rule.__name__)
def test_bank_is_balanced(rule: BankRule) -> None:
    found = list(rule(course_bank()))
    assert not found, "\n".join(["lessons/items:", *found])


# --- the rules themselves -----------------------------------------------------------------------

# Words of no meaning, so that stems differ from each other as much as the rules ask.
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so"]


def nonsense(*numbers: int) -> str:
    """A word of its own for each tuple of small numbers."""
    return "".join(SYLLABLES[n // 14**i % 14] for n in numbers for i in (2, 1, 0))


def sound_item(number: int, file: str) -> Item:
    several = number % 6 == 5
    letters = "ABCDE" if several else "ABCD"
    keys = ["A", "C"] if several else ["ABCD"[number % 4]]
    story = " ".join(nonsense(number, n) for n in range(20))
    texts = {x: f"{nonsense(number, 50 + i)} goes here" for i, x in enumerate(letters)}
    which = "TWO of these" if several else "of these"
    return {
        "id": f"case_{nonsense(number)}",
        "section": FILES[file][0],
        "skills": [list(SKILLS)[number % len(SKILLS)]],
        "facts": [],
        "stem": f"The {story} broke. Which {which} {nonsense(number, 40)} explains {nonsense(number, 41)}?",
        "evidence": "a line of a log",
        "keys": keys,
        "exam": "",
        "source": "a guide, a page",
        "options": texts,
        "why": {x: f"The {nonsense(i)} is why it is so." for i, x in enumerate(letters)},
        "when": {x: "The other thing holds." for x in letters},
        "misconception": {x: "wrong_idea" for x in letters if x not in keys},
    }


def sound_bank() -> Bank:
    """220 items over the files; the first one of each file stands behind the facts."""
    bank = {
        file: [sound_item(20 * place + n, file) for n in range(20)]
        for place, file in enumerate(FILES)
    }
    bank["01_cloudwatch"][0]["facts"] = list(facts())
    return bank


def in_first(change: Callable[[Item], object]) -> Callable[[list[Item]], None]:
    """Damage to the first item of the file (its key is A) alone."""

    def damage(items: list[Item]) -> None:
        change(items[0])

    return damage


def in_all(change: Callable[[Item], object]) -> Callable[[list[Item]], None]:
    def damage(items: list[Item]) -> None:
        for item in items:
            change(item)

    return damage


def put(*path: str, value: object) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        place: Any = item
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def key_to(letter: str) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        if len(item["keys"]) == 1:
            item["keys"] = [letter]
            item["misconception"] = {x: "wrong_idea" for x in "ABCD" if x != letter}

    return change


def key_words(text: str) -> Callable[[Item], None]:
    def change(item: Item) -> None:
        item["options"][item["keys"][0]] = text

    return change


Damage = tuple[Callable[[list[Item]], None], str]
DAMAGE: dict[str, Damage] = {
    "no source": (in_first(lambda item: item.pop("source")), "`source` is missing"),
    "no options": (in_first(lambda item: item.pop("options")), "`options` is missing"),
    "strange field": (in_first(put("hint", value="x")), "nothing is called `hint`"),
    "key as text": (in_first(put("keys", value="A")), "`keys` must be a list"),
    "why as text": (in_first(put("why", value="so")), "`why` must be a dict"),
    "empty evidence": (in_first(put("evidence", value="")), "`evidence` is empty"),
    "no skill": (in_first(put("skills", value=[])), "`skills` is empty"),
    "letters": (in_first(lambda item: item["options"].pop("B")), "A, B, C ... in this order"),
    "key E of four": (in_first(put("keys", value=["E"])), "keys are letters of options"),
    "keys twice": (in_first(put("keys", value=["A", "A"])), "keys are letters of options"),
    "two of four": (in_first(put("keys", value=["A", "B"])), "2 keys of 4"),
    "no reason": (in_first(lambda item: item["why"].pop("B")), "why must have"),
    "no condition": (in_first(lambda item: item["when"].pop("A")), "when must have"),
    "no misconception": (in_first(lambda i: i["misconception"].pop("B")), "misconception must"),
    "key as misconception": (in_first(put("misconception", "A", value="x")), "misconception must"),
    "empty option": (in_first(put("options", "B", value=" ")), "each options must be a text"),
    "id in capitals": (in_first(put("id", value="Case")), "is no id"),
    "misconception in words": (in_first(put("misconception", "B", value="a b")), "is no id"),
    "other section": (in_first(put("section", value="2.1")), "does not belong to 01_cloudwatch"),
    "unknown fact": (in_first(put("facts", value=["F1.1-99"])), "no fact F1.1-99"),
    "skill of the quizzes": (in_first(put("skills", value=["4.1.2"])), "no skill 4.1.2"),
    "four skills": (in_first(put("skills", value=list(SKILLS)[:4])), "one to three skills"),
    "long stem": (in_first(put("stem", value="So. " + "word " * 95 + "?")), "97 words"),
    "two questions": (in_first(put("stem", value="It is. Why? What?")), "one question"),
    "no scenario": (in_first(put("stem", value="What is a metric?")), "scenario is missing"),
    "two for one": (in_first(put("stem", value="So it is. Which TWO?")), "should say [], not"),
    "same options": (in_first(lambda i: i["options"].update(B=i["options"]["A"])), "are the same"),
    "uneven options": (in_first(put("options", "B", value="word " * 20)), "closer together"),
    "mixed forms": (in_first(put("options", "B", value="some words go.")), "of one form"),
    "combined": (in_first(put("options", "B", value="Both of the others")), "other options"),
    "letters combined": (in_first(put("options", "B", value="that is A and C")), "other options"),
    "absolute": (in_first(put("options", "B", value="it is never so")), "wrong options only (B)"),
    "long reason": (in_first(put("why", "B", value="so " * 41)), "why B has 41 words"),
    "bare reason": (in_first(put("why", "B", value="Wrong.")), "why B has 1 words"),
    "long condition": (in_first(put("when", "B", value="so " * 31)), "when B has 31 words"),
    "right nowhere": (in_first(put("when", "B", value="Never, it is wrong.")), "right nowhere"),
    "a key that is right": (in_first(put("when", "A", value="Right when so.")), "the opposite"),
    "an option that is wrong": (in_first(put("when", "B", value="Wrong if so.")), "the opposite"),
    "by letter": (in_first(put("why", "B", value="It is what option C does.")), "by its letter"),
    "same reason": (in_first(lambda i: i["why"].update(B=i["why"]["A"])), "the same reason"),
    "exam in a word": (in_first(put("exam", value="Once it was.")), "what the exam expects"),
    "telling id": (in_first(key_words("retries it again")), "the id says retries"),
    "little evidence": (in_all(lambda item: item.pop("evidence")), "0 of 20 items have evidence"),
    "one letter": (in_all(key_to("B")), "B is the key of 17 of 17"),
    "letter left out": (
        lambda items: [key_to("B")(i) for i in items if i["keys"] == ["A"]],
        "A is the key of 0 of 17",
    ),
    "longest is key": (
        in_all(key_words("a good deal longer than that")),
        "the longest option is a key",
    ),
    "shortest is key": (in_all(key_words("short")), "the shortest option is a key"),
}


def test_the_sample_is_sound() -> None:
    bank = sound_bank()
    assert [fault for file, items in bank.items() for fault in faults(items, file)] == []
    assert [fault for rule in BANK_RULES for fault in rule(bank)] == []


@pytest.mark.parametrize("damage, expected", DAMAGE.values(), ids=DAMAGE.keys())
def test_each_fault_of_a_file_is_named(damage: Callable[[list[Item]], None], expected: str) -> None:
    items = [sound_item(number, "01_cloudwatch") for number in range(20)]
    items[0]["id"] = "case_retries"
    damage(items)
    found = faults(items, "01_cloudwatch")
    assert any(expected in fault for fault in found), f"wanted {expected!r}, found {found}"


def echo_the_stem(bank: Bank) -> None:
    for item in every(bank):
        item["options"][item["keys"][0]] = " ".join(item["stem"].split()[1:3])


def first_two(bank: Bank) -> tuple[Item, Item]:
    one, other = bank["01_cloudwatch"][0], bank["02_xray"][0]
    return one, other


def copy_a_stem(bank: Bank) -> None:
    """The same story with another number and another question."""
    one, other = first_two(bank)
    story = one["stem"].split(". ")[0]
    one["stem"] = f"{story} with 12 of 40. What explains it?"
    other["stem"] = f"{story} with 7 of 1,000. How does one find out?"


def tell_a_key(bank: Bank) -> None:
    one, other = first_two(bank)
    one["options"]["A"] = "The queue waits longer than the function runs"
    other["stem"] = "So the queue waits longer than the function runs. Which one is it?"


def repeat_a_quiz(bank: Bank) -> None:
    quiz = tomllib.loads((LESSONS / "04_lambda" / "quiz.toml").read_text("utf-8"))["question"]
    bank["04_lambda"][0]["stem"] = quiz[0]["stem"]


BANK_DAMAGE: dict[str, tuple[Callable[[Bank], object], str]] = {
    "missing file": (lambda bank: bank.pop("05_dynamodb"), "05_dynamodb.toml is missing"),
    "stray file": (lambda bank: bank.update({"12_more": []}), "12_more.toml belongs to no"),
    "few items": (lambda bank: bank["11_exam"].pop(), "219 items, at least 220"),
    "same id": (
        lambda bank: first_two(bank)[1].update(id=first_two(bank)[0]["id"]),
        "2 items have",
    ),
    "rare skill": (
        lambda bank: [i.update(skills=["4.1.S1"]) for i in every(bank) if "4.3.S4" in i["skills"]],
        "4.3.S4 (subscription filters) has 0 items",
    ),
    "fact left out": (
        lambda bank: first_two(bank)[0]["facts"].remove("F5.3-05"),
        "F5.3-05 (wrong)",
    ),
    "no several keys": (
        lambda bank: [i.update(keys=["A"]) for i in every(bank)],
        "0 of 220 items have several keys",
    ),
    "echo": (echo_the_stem, "echoes the stem most"),
    "copied stem": (copy_a_stem, "have nearly the same stem"),
    "a quiz's stem": (repeat_a_quiz, "quiz a_signature_for_every_order"),
    "answered elsewhere": (tell_a_key, "tells the key of"),
}


@pytest.mark.parametrize("damage, expected", BANK_DAMAGE.values(), ids=BANK_DAMAGE.keys())
def test_each_fault_of_the_bank_is_named(damage: Callable[[Bank], object], expected: str) -> None:
    bank = sound_bank()
    damage(bank)
    found = [fault for rule in BANK_RULES for fault in rule(bank)]
    assert any(expected in fault for fault in found), f"wanted {expected!r}, found {found}"


def test_how_alike_stems_are() -> None:
    """The figures beside the bound."""
    text = [nonsense(n) for n in range(50)]
    other = [nonsense(n) for n in range(60, 110)]

    def alike(one: list[str], two: list[str]) -> float:
        return round(jaccard(shingles(" ".join(one)), shingles(" ".join(two))), 2)

    assert alike(text, [*text[:25], "x", *text[26:]]) == 0.88
    assert alike(text, [*text[:15], *other[15:]]) == 0.16
    assert alike(text, [*text[:25], *other[25:]]) == 0.32
    assert shingles("the 3 queues wait") == shingles("The 1,250 queues wait!")
