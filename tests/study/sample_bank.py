"""A bank for the tests of the exam: every kind of item, keys that are known."""

from __future__ import annotations

from course.study.exam import SKILLS
from course.study.items import Bank, Question, Reasons

KEYS = {1: ("B",), 2: ("A", "D"), 3: ("B", "C", "F")}
LETTERS = {1: "ABCD", 2: "ABCDE", 3: "ABCDEF"}


def question(number: int) -> Question:
    """Every sixth question has two keys, every thirtieth three; two of three have evidence."""
    choose = 3 if number % 30 == 5 else 2 if number % 6 == 5 else 1
    skills = list(SKILLS)
    return Question(
        id=f"case_{number:03}",
        section="4.1",
        skills=tuple({skills[number % 24], skills[number * 7 // 24 % 24]}),
        stem=f"Case {number} is told here. What explains it?",
        evidence="" if number % 3 == 0 else f"time   value\n10:00    {number:>4}",
        options={x: f"cause {x.lower()} of {number}" for x in LETTERS[choose]},
        choose=choose,
    )


def bank(count: int = 240, keys: bool = True) -> Bank:
    questions = tuple(question(number) for number in range(count))
    return Bank(questions, {q.id: reasons(q) for q in questions} if keys else {})


def reasons(question: Question) -> Reasons:
    return Reasons(
        keys=KEYS[question.choose],
        why={x: f"why {x.lower()} {question.id}" for x in question.options},
        when={x: f"When {x.lower()} holds." for x in question.options},
        exam="The exam says one thing, AWS another today." if question.choose > 1 else "",
        source="a guide, a page",
    )
