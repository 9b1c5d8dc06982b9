"""Write docs/coverage.md: what the lessons teach, and which exercises and questions test it.

python -m tools.coverage_page            writes the page
python -m tools.coverage_page --check    fails when the page is not up to date
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from course.study.exam import SKILLS
from tools import coverage
from tools.coverage import CALLED_OUT, Coverage, Exercise, Fact, Question

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "coverage.md"
WHOLE = "The exam as a whole"
NOWHERE = "**nowhere**"
HEADING = """\
# What the lessons cover

Generated from `lessons/` by `make build`.

A *fact* is a claim about AWS, or about the exam, as study material makes it; its verdict says how
much of it holds today (corrections and sources: [lessons/facts.tsv](../lessons/facts.tsv)). Where
it is wrong or outdated, the cell that teaches it says what the exam expects and what is true, in an
"Exam answer / Today" call-out: *called out*, below. *Skills* are those of the exam guide (DVA-C02,
Domain 4), in our words. *Quiz* means a question of a lesson's `quiz.toml`, *item* one of the mock
exam's bank, [lessons/items](../lessons/items).
"""


def text(found: Coverage) -> str:
    """The page: numbers, then skills, then facts by lesson and section."""
    parts = [HEADING, _numbers(found), *_skills(found)]
    for number in lessons_of(found):
        parts += _lesson(found, number)
    return "".join(parts)


def lessons_of(found: Coverage) -> list[str]:
    """Every lesson that has or should have something; last the facts that belong to none."""
    numbers = {each.number for each in found.lessons} | {fact.lesson for fact in found.facts}
    return sorted(numbers, key=lambda number: (number == "", number))


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", r"\|").replace("<", "&lt;")


# --- numbers ------------------------------------------------------------------------------------


def _numbers(found: Coverage) -> str:
    header = ("Lesson", "Facts", "taught", "called out", "tested", "Exercises", "Quiz", "Items")
    rows = [(_title(found, n, link=True), *_counts(found, [n])) for n in lessons_of(found)]
    rows.append(("**all**", *_counts(found, lessons_of(found))))
    return "\n" + table(header, rows)


def _counts(found: Coverage, numbers: list[str]) -> tuple[object, ...]:
    facts = [fact for fact in found.facts if fact.lesson in numbers]
    wrong = [fact for fact in facts if fact.verdict in CALLED_OUT]
    called = sum(found.is_called_out(fact.id) for fact in wrong)
    asked = [q.kind for q in found.questions if q.lesson in numbers]
    return (
        len(facts),
        sum(fact.id in found.taught for fact in facts),
        f"{called} of {len(wrong)}",
        sum(found.is_tested(fact.id) for fact in facts),
        sum(exercise.lesson in numbers for exercise in found.exercises),
        asked.count("quiz"),
        asked.count("item"),
    )


def _title(found: Coverage, number: str, link: bool = False) -> str:
    lesson = next((each for each in found.lessons if each.number == number), None)
    if lesson is None:
        return number or WHOLE
    title = f"{number} {lesson.title}"
    return f"[{title}](../source/{lesson.folder})" if link else title


# --- skills -------------------------------------------------------------------------------------


def _skills(found: Coverage) -> list[str]:
    header = ("Skill", "Lessons", "Exercises", "Quiz", "Items")
    rows = []
    for skill in SKILLS:
        trained = [each for each in found.exercises if skill in each.skills]
        asked = [each for each in found.questions if skill in each.skills]
        quiz, items = _of(asked, "quiz"), _of(asked, "item")
        lessons = sorted({each.lesson for each in trained} | {each.lesson for each in quiz})
        counts = (len(trained), len(quiz), len(items))
        rows.append((f"[{_name(skill)}](#{_anchor(_name(skill))})", ", ".join(lessons), *counts))
    details = [part for skill in SKILLS for part in _skill(found, skill)]
    return ["\n## Skills\n\n", table(header, rows), *details]


def _skill(found: Coverage, skill: str) -> list[str]:
    trained = [each for each in found.exercises if skill in each.skills]
    asked = [each for each in found.questions if skill in each.skills]
    exercises = "; ".join(f"{each.label} ({each.title})" for each in trained)
    return [
        f"\n### {_name(skill)}\n\n",
        f"- Exercises: {exercises or NOWHERE}\n",
        f"- Quiz: {_by_lesson(_of(asked, 'quiz')) or 'none'}\n",
        f"- Items: {_by_lesson(_of(asked, 'item')) or NOWHERE}\n",
    ]


def _of(questions: Iterable[Question], kind: str) -> list[Question]:
    return [each for each in questions if each.kind == kind]


def _by_lesson(questions: list[Question]) -> str:
    groups = groupby(questions, key=lambda each: each.lesson)
    return "; ".join(f"{n}: {', '.join(f'`{q.id}`' for q in each)}" for n, each in groups)


def _name(skill: str) -> str:
    return f"{shown(skill)} {SKILLS[skill]}"


def shown(skill: str) -> str:
    """A skill's number as lessons write it: 4.1.2."""
    return skill.replace("S", "")


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


# --- facts --------------------------------------------------------------------------------------


def _lesson(found: Coverage, number: str) -> list[str]:
    parts = [f"\n## {_title(found, number)}\n"]
    if exercises := [each for each in found.exercises if each.lesson == number]:
        header = ("Exercise", "", "Points", "Skills", "Facts")
        parts += ["\n", table(header, map(_exercise, exercises))]
    facts = [fact for fact in found.facts if fact.lesson == number]
    for section, group in groupby(facts, key=lambda fact: fact.section):
        header = ("Fact", "Claim", "Verdict", "Taught in", "Tested by")
        parts.append(f"\n### {_section(found, number, section)}\n\n")
        parts.append(table(header, [_fact(found, fact) for fact in group]))
    return parts


def _exercise(each: Exercise) -> tuple[object, ...]:
    skills, tests = ", ".join(map(shown, each.skills)), ", ".join(each.tests)
    return each.label, each.title, each.points, skills, tests


def _section(found: Coverage, number: str, section: str) -> str:
    title = next((e.sections.get(section) for e in found.lessons if e.number == number), None)
    return f"Section {section}: {title}" if title else f"Section {section}"


def _fact(found: Coverage, fact: Fact) -> tuple[object, ...]:
    return fact.id, fact.claim, _verdict(found, fact), _taught(found, fact), _tested(found, fact)


def _verdict(found: Coverage, fact: Fact) -> str:
    if fact.verdict not in CALLED_OUT:
        return fact.verdict
    called = found.is_called_out(fact.id)
    return f"{fact.verdict}, called out" if called else f"{fact.verdict}, **not called out**"


def _taught(found: Coverage, fact: Fact) -> str:
    places = found.taught.get(fact.id, [])
    named = [
        each.heading if each.lesson == fact.lesson else f"{each.lesson}: {each.heading}"
        for each in places
    ]
    return "; ".join(dict.fromkeys(named)) or NOWHERE


def _tested(found: Coverage, fact: Fact) -> str:
    questions = groupby(found.questions_on(fact.id), key=lambda each: each.kind)
    named = [f"{kind} {', '.join(f'`{each.id}`' for each in group)}" for kind, group in questions]
    return "; ".join([*(each.label for each in found.exercises_on(fact.id)), *named])


def main(arguments: list[str]) -> int:
    made = text(coverage.read(ROOT))
    if "--check" not in arguments:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == made:
        return 0
    print("docs/coverage.md is not up to date: run make build", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
