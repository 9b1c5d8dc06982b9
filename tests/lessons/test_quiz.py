"""Every lessons/*/quiz.toml: its form, and the rules that keep a question fair.

A rule is a function from a quiz to the faults it finds, each a sentence for its author. The quizzes
of the lessons must have none. A sound miniature quiz, damaged in one place, must have the one that
is meant: this shows that the rules can fail.
"""

from __future__ import annotations

import copy
import csv
import re
import string
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

LESSONS = Path(__file__).parents[2] / "lessons"
QUIZZES = sorted(LESSONS.glob("*/quiz.toml"))
FIELDS = {"id": str, "section": str, "skills": list, "facts": list, "stem": str, "key": str}
FIELDS |= {"source": str, "options": dict, "rationales": dict}
LETTERS = "ABCD"
STEM_WORDS, RATIONALE_WORDS, SHORTEST_RATIONALE, LENGTH_RATIO = 75, 45, 10, 1.6
SKILLS_PER_TASK = {"4.1": 7, "4.2": 8, "4.3": 9}  # DVA-C02 exam guide 2.x, Domain 4
COMBINED = re.compile(
    r"\b(all|none|both|neither) of the (above|options|other)|\b[A-D] (and|or) [A-D]\b"
)
ABSOLUTE = re.compile(r"\b(always|never|guaranteed?|impossible|every time)\b", re.IGNORECASE)

Question = dict[str, Any]
Rule = Callable[[list[Question], str], Iterator[str]]


def load(path: Path) -> list[Question]:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(document) == {"question"}, f"{path}: only [[question]] tables belong here"
    return list(document["question"])


def fact_ids() -> set[str]:
    with (LESSONS / "facts.tsv").open(encoding="utf-8", newline="") as lines:
        return {row["id"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


# --- form ---------------------------------------------------------------------------------------


def field_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    for number, question in enumerate(quiz, 1):
        name = question.get("id", f"question {number}")
        for field in sorted(FIELDS.keys() - question.keys()):
            yield f"{name}: the field `{field}` is missing"
        for field in sorted(question.keys() - FIELDS.keys()):
            yield f"{name}: nothing is called `{field}`; the fields are {', '.join(FIELDS)}"
        for field, kind in FIELDS.items():
            value = question.get(field, kind())
            if not isinstance(value, kind) or (field in question and not value):
                yield f"{name}: `{field}` must be a {kind.__name__} with something in it"


def letter_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    for q in quiz:
        for field in ("options", "rationales"):
            texts = q[field]
            if list(texts) != list(LETTERS):
                yield f"{q['id']}: {field} must be A, B, C, D in this order, found {list(texts)}"
            if not all(isinstance(text, str) and text.strip() for text in texts.values()):
                yield f"{q['id']}: each of the {field} must be a text"
        if q["key"] not in LETTERS or len(q["key"]) != 1:
            yield f"{q['id']}: the key is one letter of A to D, found {q['key']!r}"


def id_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    for name, times in Counter(q["id"] for q in quiz).items():
        if times > 1:
            yield f"{name}: {times} questions have this id"
        if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name):
            yield f"{name}: an id is lower-case words joined by _, without numbers"


def reference_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    known, chapter = fact_ids(), str(int(lesson.split("_")[0]))
    for q in quiz:
        if q["section"].split(".")[0] != chapter:
            yield f"{q['id']}: section {q['section']} does not belong to lesson {lesson}"
        for fact in q["facts"]:
            if fact not in known:
                yield f"{q['id']}: no fact {fact} in lessons/facts.tsv"
        for skill in q["skills"]:
            task, _, number = skill.rpartition(".")
            if not number.isdigit() or not 1 <= int(number) <= SKILLS_PER_TASK.get(task, 0):
                yield f"{q['id']}: the exam guide has no skill {skill}"


def size_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    if len(quiz) < 10:
        yield f"a quiz has at least 10 questions, found {len(quiz)}"


# --- fairness of one question -------------------------------------------------------------------


def stem_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    for q in quiz:
        stem = q["stem"].strip()
        if len(stem.split()) > STEM_WORDS:
            yield f"{q['id']}: the stem has {len(stem.split())} words, at most {STEM_WORDS}"
        if stem.count("?") != 1 or not stem.endswith("?"):
            yield f"{q['id']}: a stem is a scenario and one question, which ends it"
        if len(re.findall(r"[.:]\s", stem)) < 1:
            yield f"{q['id']}: the scenario is missing: at least one sentence before the question"


def option_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    for q in quiz:
        texts = list(q["options"].values())
        lengths = [len(text) for text in texts]
        if len({text.casefold() for text in texts}) < len(texts):
            yield f"{q['id']}: two options are the same"
        if max(lengths) > LENGTH_RATIO * min(lengths):
            yield f"{q['id']}: options have {lengths} characters; bring them closer together"
        if len({text.endswith(".") for text in texts}) > 1:
            yield f"{q['id']}: options are of one form: all sentences with a full stop, or none"
        for letter, text in q["options"].items():
            if COMBINED.search(text):
                yield f"{q['id']}: option {letter} refers to other options"


def giveaway_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    for q in quiz:
        word = ABSOLUTE.search(q["options"][q["key"]])
        if word:
            yield f"{q['id']}: the key says {word.group()!r}; real answers are seldom absolute"


def rationale_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    for q in quiz:
        for letter, text in q["rationales"].items():
            words = len(text.split())
            if words > RATIONALE_WORDS:
                yield f"{q['id']}: rationale {letter} has {words} words, at most {RATIONALE_WORDS}"
            if words < SHORTEST_RATIONALE:
                yield f"{q['id']}: rationale {letter} must say why; {words} words cannot"
            if letter != q["key"] and not re.search(r"\bRight\b", text):
                yield f"{q['id']}: rationale {letter} must say when it is right ('Right when ...')"


# --- fairness of the whole quiz -----------------------------------------------------------------


def key_position_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    least, most = len(quiz) // 6, -(-len(quiz) // 3)
    for letter in LETTERS:
        times = sum(q["key"] == letter for q in quiz)
        if not least <= times <= most:
            yield f"{letter} is the key {times} times; keep each letter between {least} and {most}"


def key_length_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    """Whoever ticks the longest (or the shortest) option must not do better than by chance."""
    for name, extreme, share in (("longest", max, 4), ("shortest", min, 3)):
        told = [q["id"] for q in quiz if stands_out(q, extreme)]
        if len(told) > len(quiz) // share:
            yield f"the {name} option is the key in {len(told)} of {len(quiz)}: {', '.join(told)}"


def stands_out(question: Question, extreme: Callable[[list[int]], int]) -> bool:
    lengths = {letter: len(text) for letter, text in question["options"].items()}
    bound = extreme(list(lengths.values()))
    return [letter for letter, length in lengths.items() if length == bound] == [question["key"]]


def spread_faults(quiz: list[Question], lesson: str) -> Iterator[str]:
    sections = Counter(q["section"] for q in quiz)
    section, times = sections.most_common(1)[0]
    if times > len(quiz) / 2:
        yield f"section {section} has {times} of {len(quiz)} questions; spread them"
    if len({skill for q in quiz for skill in q["skills"]}) < 3:
        yield "a quiz exercises at least three skills of the exam guide"


FORM: list[Rule] = [field_faults, letter_faults]
RULES: list[Rule] = [
    id_faults,
    reference_faults,
    size_faults,
    stem_faults,
    option_faults,
    giveaway_faults,
    rationale_faults,
    key_position_faults,
    key_length_faults,
    spread_faults,
]


def faults(quiz: list[Question], lesson: str) -> list[str]:
    """What is wrong with a quiz. Form comes first: the other rules read only what has it."""
    for rule in FORM:
        if found := list(rule(quiz, lesson)):
            return found
    return [fault for rule in RULES for fault in rule(quiz, lesson)]


# --- the quizzes of the lessons -----------------------------------------------------------------


def test_there_is_a_quiz() -> None:
    assert QUIZZES, f"no quiz.toml under {LESSONS}"


@pytest.mark.parametrize("path", QUIZZES, ids=lambda path: path.parent.name)
def test_quiz_is_fair(path: Path) -> None:
    found = faults(load(path), path.parent.name)
    assert not found, "\n".join([f"{path.parent.name}/quiz.toml:", *found])


def test_ids_differ_between_lessons() -> None:
    seen = Counter(question["id"] for path in QUIZZES for question in load(path))
    repeated = [name for name, times in seen.items() if times > 1]
    assert not repeated, f"these question ids are used more than once: {repeated}"


# --- the rules themselves -----------------------------------------------------------------------


def sound_question(number: int) -> Question:
    return {
        "id": f"sample_{string.ascii_lowercase[number]}",
        "section": f"1.{number % 4 + 1}",
        "skills": [f"4.1.{number % 3 + 1}"],
        "facts": ["F1.1-03"],
        "stem": "An alarm is silent although the logs are full. What explains it?",
        "key": LETTERS[number % 4],
        "source": "a page",
        "options": dict(
            zip(LETTERS, ["the alarm", "a metric", "the clocks", "one topic"], strict=True)
        ),
        "rationales": dict.fromkeys(
            LETTERS, "The reason is given here in words. Right when the other thing holds."
        ),
    }


def sound_quiz() -> list[Question]:
    return [sound_question(number) for number in range(12)]


def put(*path: str, value: object) -> Callable[[list[Question]], None]:
    """A change that puts `value` at `path` of the first question (its key is A)."""

    def change(quiz: list[Question]) -> None:
        place: Any = quiz[0]
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def in_all(**fields: object) -> Callable[[list[Question]], None]:
    def change(quiz: list[Question]) -> None:
        for question in quiz:
            question |= copy.deepcopy(fields)

    return change


def key_padded(quiz: list[Question]) -> None:
    for question in quiz[:4]:
        question["options"][question["key"]] = "the longest"


def key_cut(quiz: list[Question]) -> None:
    for question in quiz[:5]:
        question["options"] |= {"B": "b metric"}
        question["options"][question["key"]] = "a topic"


def lacking(field: str) -> Callable[[list[Question]], None]:
    return lambda quiz: quiz[0].__delitem__(field)


DAMAGE: dict[str, tuple[Callable[[list[Question]], None], str]] = {
    "no source": (lacking("source"), "`source` is missing"),
    "misplaced field": (put("hint", value="x"), "nothing is called `hint`"),
    "facts as text": (put("facts", value="F1.1-03"), "`facts` must be a list"),
    "no skills": (put("skills", value=[]), "`skills` must be a list with something"),
    "source among rationales": (put("rationales", "source", value="a page"), "A, B, C, D"),
    "option of no text": (put("options", "B", value=3), "must be a text"),
    "key E": (put("key", value="E"), "one letter of A to D"),
    "two keys": (put("key", value="AB"), "one letter of A to D"),
    "same id": (put("id", value="sample_b"), "2 questions have this id"),
    "numbered id": (put("id", value="q1"), "without numbers"),
    "other lesson": (put("section", value="2.1"), "does not belong to lesson"),
    "unknown fact": (put("facts", value=["F1.1-99"]), "no fact F1.1-99"),
    "unknown skill": (put("skills", value=["4.2.9"]), "no skill 4.2.9"),
    "few questions": (lambda quiz: quiz.__delitem__(slice(9, None)), "at least 10 questions"),
    "long stem": (put("stem", value="It is so. " + "word " * 80 + "?"), "84 words"),
    "two questions": (put("stem", value="It is so. Why? What now?"), "one question"),
    "no scenario": (put("stem", value="What is a metric?"), "scenario is missing"),
    "same options": (put("options", "B", value="The alarm"), "two options are the same"),
    "uneven options": (put("options", "B", value="a metric with a long tail"), "closer together"),
    "mixed forms": (put("options", "B", value="a metric."), "of one form"),
    "combined option": (put("options", "D", value="A and B"), "refers to other options"),
    "all of the above": (put("options", "D", value="all of the above"), "refers to other options"),
    "absolute key": (put("options", "A", value="it is never"), "seldom absolute"),
    "long rationale": (put("rationales", "A", value="why " * 46), "46 words"),
    "bare rationale": (put("rationales", "A", value="Incorrect."), "must say why"),
    "no other case": (put("rationales", "B", value="why " * 20), "when it is right"),
    "one letter": (in_all(key="A"), "A is the key 12 times"),
    "longest is key": (key_padded, "longest option is the key in"),
    "shortest is key": (key_cut, "shortest option is the key in"),
    "one section": (in_all(section="1.1"), "section 1.1 has 12 of 12"),
    "one skill": (in_all(skills=["4.1.1"]), "three skills"),
}


def test_the_sample_is_sound() -> None:
    assert faults(sound_quiz(), "01_cloudwatch") == []


@pytest.mark.parametrize("damage, expected", DAMAGE.values(), ids=DAMAGE.keys())
def test_each_fault_is_named(damage: Callable[[list[Question]], None], expected: str) -> None:
    quiz = sound_quiz()
    damage(quiz)
    found = faults(quiz, "01_cloudwatch")
    assert any(expected in fault for fault in found), f"wanted {expected!r}, found {found}"
