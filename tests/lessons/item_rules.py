"""The rules of lessons/items/*.toml, the bank of the mock exam.

A rule is a function that yields the faults it finds, each a sentence for the author. Rules of an
item and of a file read one file, rules of the bank read all. test_items.py applies them and shows
that each can fail. What no rule can tell: whether the facts support the keys, and no other option.
"""

from __future__ import annotations

import csv
import re
import string
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

from course.study.exam import SKILLS

LESSONS = Path(__file__).parents[2] / "lessons"
FILES = {
    "01_cloudwatch": ("0", "1"),
    "02_xray": ("2",),
    "03_cloudtrail": ("3",),
    "04_lambda": ("4",),
    "05_dynamodb": ("5",),
    "06_api_gateway": ("6",),
    "07_sqs_sns": ("7",),
    "08_caching": ("8",),
    "09_errors": ("9",),
    "10_optimisation": ("10",),
    "11_exam": ("11", "FS"),
}
TEXTS = ("id", "section", "stem", "source")  # texts that may not be empty
TABLES = ("options", "why", "when", "misconception")
FIELDS = dict.fromkeys((*TEXTS, "exam", "evidence"), str)
FIELDS |= dict.fromkeys(("skills", "facts", "keys"), list) | dict.fromkeys(TABLES, dict)
OPTIONS_FOR = {1: 4, 2: 5, 3: 6}  # number of keys -> number of options
NUMBER_WORDS = {2: "TWO", 3: "THREE"}
STEM_WORDS, WHY_WORDS, WHEN_WORDS, SHORTEST_WHY = 90, 40, 30, 5
BANK_SIZE, PER_SKILL = 220, 5
# Each letter's share of the keys; a handful of items cannot be balanced.
LEAST_LETTER, MOST_LETTER, BALANCED_FROM = 0.15, 0.35, 12
LONGEST_KEY = SHORTEST_KEY = ECHOING_KEY = 0.30
EVIDENCE = 0.60
SEVERAL = (0.10, 0.25)  # "about one in six", over the bank
COMBINED = re.compile(
    r"(?i:\b(all|none|both|neither) of (the (above|options|others?)\b|these\.?$))"
    r"|\b[A-F] (and|or) [A-F]\b"
)
ABSOLUTE = re.compile(r"\b(always|never|guaranteed?|guarantees|impossible)\b", re.IGNORECASE)
BY_LETTER = re.compile(r"\b(option|answer|choice|key)s? [A-F]\b", re.IGNORECASE)
NEVER = re.compile(r"^\W*(never|nowhere|in no case|nothing)\b", re.IGNORECASE)
# Two stems of 50 words that differ in one word share 45 of 51 runs of three words (0.88); with one
# sentence of 15 words in common they share 13 of 83 (0.16), with half of their words 0.3. Above
# that, one is a copy of the other with another question or other names. Numbers count as equal.
SHINGLE, COPIED = 3, 0.30
LONG_PHRASE = 6  # words of a key that no other stem may hold in a row

Item = dict[str, Any]
Bank = dict[str, list[Item]]
Rule = Callable[[list[Item], str], Iterator[str]]
BankRule = Callable[[Bank], Iterator[str]]


def load(path: Path) -> list[Item]:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(document) == {"item"}, f"{path}: only [[item]] tables belong here"
    return list(document["item"])


@cache
def facts() -> dict[str, dict[str, str]]:
    with (LESSONS / "facts.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["id"]: row for row in rows}


# --- form ---------------------------------------------------------------------------------------


def field_faults(items: list[Item], file: str) -> Iterator[str]:
    for number, item in enumerate(items, 1):
        name = item.get("id", f"item {number}")
        for field in sorted(FIELDS.keys() - {"evidence"} - item.keys()):
            yield f"{name}: the field `{field}` is missing"
        for field in sorted(item.keys() - FIELDS.keys()):
            yield f"{name}: nothing is called `{field}`"
        for field in sorted(item.keys() & FIELDS.keys()):
            if not isinstance(item[field], FIELDS[field]):
                yield f"{name}: `{field}` must be a {FIELDS[field].__name__}"
            elif not item[field] and field in (*TEXTS, "evidence", "skills", "keys"):
                yield f"{name}: `{field}` is empty"


def letter_faults(items: list[Item], file: str) -> Iterator[str]:
    for item in items:
        name, keys, letters = item["id"], item["keys"], list(item["options"])
        if letters != list(string.ascii_uppercase[: len(letters)]):
            yield f"{name}: options must be A, B, C ... in this order, found {letters}"
        if keys != sorted(set(keys)) or not set(keys) <= set(letters):
            yield f"{name}: keys are letters of options, in order, found {keys}"
        if OPTIONS_FOR.get(len(keys)) != len(letters):
            yield f"{name}: {len(keys)} keys of {len(letters)}; one of four, two of five, three of six"
        wanted = {"why": letters, "when": letters}
        wanted["misconception"] = [x for x in letters if x not in keys]
        for table, expected in wanted.items():
            if sorted(item[table]) != expected:
                yield f"{name}: {table} must have {expected}, found {sorted(item[table])}"
        for table in TABLES:
            if not all(isinstance(text, str) and text.strip() for text in item[table].values()):
                yield f"{name}: each {table} must be a text"


# --- one item -----------------------------------------------------------------------------------


def id_faults(items: list[Item], file: str) -> Iterator[str]:
    for item in items:
        names = [item["id"], *item["misconception"].values()]
        for name in names:
            if not re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", name):
                yield f"{item['id']}: {name!r} is no id; use lower-case words joined by _"


def reference_faults(items: list[Item], file: str) -> Iterator[str]:
    for item in items:
        name = item["id"]
        if item["section"].split(".")[0] not in FILES[file]:
            yield f"{name}: section {item['section']} does not belong to {file}"
        for fact in item["facts"]:
            if fact not in facts():
                yield f"{name}: no fact {fact} in lessons/facts.tsv"
        if not 1 <= len(item["skills"]) <= 3:
            yield f"{name}: one to three skills, found {len(item['skills'])}"
        for skill in item["skills"]:
            if skill not in SKILLS:
                yield f"{name}: the exam guide has no skill {skill}"


def stem_faults(items: list[Item], file: str) -> Iterator[str]:
    for item in items:
        name, stem = item["id"], item["stem"].strip()
        if len(stem.split()) > STEM_WORDS:
            yield f"{name}: the stem has {len(stem.split())} words, at most {STEM_WORDS}"
        if stem.count("?") != 1 or not stem.endswith("?"):
            yield f"{name}: a stem is a scenario and one question, which ends it"
        if not re.search(r"[.:;]\s", stem):
            yield f"{name}: the scenario is missing: at least one sentence before the question"
        found = [word for word in NUMBER_WORDS.values() if re.search(rf"\b{word}\b", stem)]
        wanted = [NUMBER_WORDS[len(item["keys"])]] if len(item["keys"]) > 1 else []
        if found != wanted:
            yield f"{name}: {len(item['keys'])} keys, so the stem should say {wanted}, not {found}"


def option_faults(items: list[Item], file: str) -> Iterator[str]:
    for item in items:
        name, texts = item["id"], [" ".join(t.split()) for t in item["options"].values()]
        lengths = [len(text) for text in texts]
        if len({text.casefold() for text in texts}) < len(texts):
            yield f"{name}: two options are the same"
        if max(lengths) > 1.6 * min(lengths) + 15:
            yield f"{name}: options have {lengths} characters; bring them closer together"
        if len({text.endswith(".") for text in texts}) > 1:
            yield f"{name}: options are of one form: all sentences with a full stop, or none"
        for letter, text in item["options"].items():
            if COMBINED.search(text):
                yield f"{name}: option {letter} refers to other options"


def absolute_faults(items: list[Item], file: str) -> Iterator[str]:
    for item in items:
        told = [letter for letter, text in item["options"].items() if ABSOLUTE.search(text)]
        if told and not set(told) & set(item["keys"]):
            yield f"{item['id']}: absolute words stand in wrong options only ({', '.join(told)})"


def reason_faults(items: list[Item], file: str) -> Iterator[str]:
    limits = {"why": (SHORTEST_WHY, WHY_WORDS), "when": (2, WHEN_WORDS)}
    for item in items:
        for table, (least, most) in limits.items():
            for letter, text in item[table].items():
                if not least <= len(text.split()) <= most:
                    yield (
                        f"{item['id']}: {table} {letter} has {len(text.split())} words; "
                        f"write {least} to {most}"
                    )
        for letter, text in item["when"].items():
            if NEVER.search(text):
                yield f"{item['id']}: {letter} is right nowhere; that is a bad distractor"
            if text.startswith("Right" if letter in item["keys"] else "Wrong"):
                yield f"{item['id']}: when {letter} says the opposite: a key has when it is wrong"
        for text in (*item["why"].values(), *item["when"].values(), item["exam"]):
            if BY_LETTER.search(text):
                yield f"{item['id']}: {text[:40]!r} names an option by its letter; a form has others"
        if len(set(item["why"].values())) < len(item["why"]):
            yield f"{item['id']}: two options have the same reason"
        if item["exam"] and len(item["exam"].split()) < 8:
            yield f"{item['id']}: `exam` says what the exam expects and what is true today"


def leak_faults(items: list[Item], file: str) -> Iterator[str]:
    """An id is seen by the candidate: it may not name what only a key says."""
    for item in items:
        keys = words(" ".join(item["options"][letter] for letter in item["keys"]))
        others = [text for letter, text in item["options"].items() if letter not in item["keys"]]
        shown = set(words(" ".join([*others, item["stem"], item.get("evidence", "")])))
        told = {w for w in item["id"].split("_") if len(w) > 4 and w in keys} - shown
        if told:
            yield f"{item['id']}: the id says {', '.join(sorted(told))}, as only the key does"


# --- a file -------------------------------------------------------------------------------------


def evidence_faults(items: list[Item], file: str) -> Iterator[str]:
    having = sum("evidence" in item for item in items)
    if having < EVIDENCE * len(items):
        yield f"{having} of {len(items)} items have evidence to read; at least {EVIDENCE:.0%}"


def position_faults(items: list[Item], file: str) -> Iterator[str]:
    single = [item["keys"][0] for item in items if len(item["keys"]) == 1]
    if len(single) < BALANCED_FROM:
        return
    for letter in "ABCD":
        share = single.count(letter) / len(single)
        if not LEAST_LETTER <= share <= MOST_LETTER:
            yield (
                f"{letter} is the key of {single.count(letter)} of {len(single)} items; keep it "
                f"between {LEAST_LETTER:.0%} and {MOST_LETTER:.0%}"
            )


def length_faults(items: list[Item], file: str) -> Iterator[str]:
    """Whoever ticks the one longest (or shortest) option must do no better than by chance."""
    for name, extreme, bound in (("longest", max, LONGEST_KEY), ("shortest", min, SHORTEST_KEY)):
        told = [item["id"] for item in items if picked(item, extreme, length) in item["keys"]]
        if len(told) > bound * len(items):
            yield f"the {name} option is a key in {len(told)} of {len(items)}: {', '.join(told)}"


def length(item: Item, letter: str) -> int:
    return len(" ".join(item["options"][letter].split()))


def picked(
    item: Item,
    extreme: Callable[[Iterable[int]], int],
    measure: Callable[[Item, str], int],
) -> str | None:
    """The one option that stands out by a measure; None where several do."""
    values = {letter: measure(item, letter) for letter in item["options"]}
    bound = extreme(values.values())
    found = [letter for letter, value in values.items() if value == bound]
    return found[0] if len(found) == 1 else None


# --- the bank -----------------------------------------------------------------------------------


def every(bank: Bank) -> list[Item]:
    return [item for items in bank.values() for item in items]


def file_faults(bank: Bank) -> Iterator[str]:
    for file in sorted(FILES.keys() - bank.keys()):
        yield f"{file}.toml is missing"
    for file in sorted(bank.keys() - FILES.keys()):
        yield f"{file}.toml belongs to no section; the files are {', '.join(FILES)}"


def size_faults(bank: Bank) -> Iterator[str]:
    if len(every(bank)) < BANK_SIZE:
        yield f"the bank has {len(every(bank))} items, at least {BANK_SIZE}"


def same_id_faults(bank: Bank) -> Iterator[str]:
    for name, times in Counter(item["id"] for item in every(bank)).items():
        if times > 1:
            yield f"{name}: {times} items have this id"


def skill_faults(bank: Bank) -> Iterator[str]:
    times = Counter(skill for item in every(bank) for skill in item["skills"])
    for skill in SKILLS:
        if times[skill] < PER_SKILL:
            yield f"{skill} ({SKILLS[skill]}) has {times[skill]} items, at least {PER_SKILL}"


def fact_faults(bank: Bank) -> Iterator[str]:
    asked = {fact for item in every(bank) for fact in item["facts"]}
    for name, fact in facts().items():
        if fact["verdict"] in ("wrong", "outdated") and name not in asked:
            yield f"{name} ({fact['verdict']}) is behind no item: {fact['claim'][:70]}"


def several_faults(bank: Bank) -> Iterator[str]:
    items = every(bank)
    several = sum(len(item["keys"]) > 1 for item in items)
    if not SEVERAL[0] <= several / max(1, len(items)) <= SEVERAL[1]:
        yield f"{several} of {len(items)} items have several keys; about one in six"


def echo_faults(bank: Bank) -> Iterator[str]:
    """Whoever ticks the option that repeats most words of the stem must do no better than by chance.

    Over the bank, since a file is too small: of 40 items 16 would be within chance.
    """
    items = [item for item in every(bank) if len(item["keys"]) == 1]
    choices = [(picked(item, max, echoes), item["keys"]) for item in items]
    told = sum(choice in keys for choice, keys in choices)
    if told > ECHOING_KEY * len(items):
        yield f"the option that echoes the stem most is the key in {told} of {len(items)} items"


def echoes(item: Item, letter: str) -> int:
    option = {word for word in words(item["options"][letter]) if len(word) > 4}
    return len(option & set(words(item["stem"])))


def copy_faults(bank: Bank) -> Iterator[str]:
    stems = [(item["id"], shingles(item["stem"])) for item in every(bank)]
    for (one, first), (other, second) in combinations([*stems, *quiz_stems()], 2):
        if one.startswith("quiz ") and other.startswith("quiz "):
            continue
        alike = jaccard(first, second)
        if alike > COPIED:
            yield f"{one} and {other} have nearly the same stem ({alike:.2f})"


@cache
def quiz_stems() -> list[tuple[str, frozenset[str]]]:
    quizzes = [tomllib.loads(p.read_text("utf-8")) for p in sorted(LESSONS.glob("*/quiz.toml"))]
    return [(f"quiz {q['id']}", shingles(q["stem"])) for quiz in quizzes for q in quiz["question"]]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())


def shingles(text: str) -> frozenset[str]:
    """Every run of SHINGLE words; a number is a number, whichever it is."""
    found = words(re.sub(r"\d+(?:[.,]\d+)*", "0", text))
    return frozenset(" ".join(found[i : i + SHINGLE]) for i in range(len(found) - SHINGLE + 1))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def answered_elsewhere_faults(bank: Bank) -> Iterator[str]:
    """No stem may hold the key of another item, word for word."""
    stems = [(item["id"], " ".join(words(item["stem"]))) for item in every(bank)]
    for item in every(bank):
        for letter in item["keys"]:
            key = words(item["options"][letter])
            for name, stem in stems if len(key) >= LONG_PHRASE else []:
                if name != item["id"] and " ".join(key) in stem:
                    yield f"the stem of {name} tells the key of {item['id']}"


FORM: list[Rule] = [field_faults, letter_faults]
RULES: list[Rule] = [
    id_faults,
    reference_faults,
    stem_faults,
    option_faults,
    absolute_faults,
    reason_faults,
    leak_faults,
    evidence_faults,
    position_faults,
    length_faults,
]
BANK_RULES: list[BankRule] = [
    file_faults,
    size_faults,
    same_id_faults,
    skill_faults,
    fact_faults,
    several_faults,
    echo_faults,
    copy_faults,
    answered_elsewhere_faults,
]


def faults(items: list[Item], file: str) -> list[str]:
    """What is wrong with a file. Form comes first: the other rules read only what has it."""
    for rule in FORM:
        if found := list(rule(items, file)):
            return found
    return [fault for rule in RULES for fault in rule(items, file)]
