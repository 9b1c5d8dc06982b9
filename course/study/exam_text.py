"""An exam in words: questions, results and reasons, as plain text of a given width."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

from course.study import exam
from course.study.exam import Asked, Marked, Result, Share
from course.study.items import Reasons

BAR = 20
NUMBERS = {1: "one", 2: "TWO", 3: "THREE"}


def question(asked: Asked, width: int = 100) -> str:
    """Stem, evidence and options. Evidence keeps its lines: a table or a log is read as it is."""
    parts = [textwrap.fill(asked.question.stem, width)]
    if asked.question.evidence:
        parts.append(asked.question.evidence)
    parts.append("\n".join(_filled(f"  {k}  ", text, width) for k, text in asked.options.items()))
    return "\n\n".join(parts)


def _filled(label: str, text: str, width: int) -> str:
    words, margin = " ".join(text.split()), " " * len(label)
    return textwrap.fill(words, width, initial_indent=label, subsequent_indent=margin)


def review(number: int, marked: Marked, reasons: Reasons, width: int = 100) -> str:
    """The verdict on one question and, for each option, why, and when it would be right."""
    lines = [f"{number}. {verdict(marked)}"]
    for letter, own in marked.asked.shown.items():
        pointer = ">" if letter in marked.given else " "
        outcome = "right" if letter in marked.keys else "wrong"
        lines.append(_filled(f" {pointer} {letter} {outcome}  ", reasons.why[own], width))
        lines.append(_filled(" " * 11, condition(reasons.when[own], letter in marked.keys), width))
    if reasons.exam:
        lines.append(_filled("   Exam answer / Today: ", reasons.exam, width))
    lines.append(_filled("   Source: ", reasons.source, width))
    return "\n".join(lines)


def condition(when: str, is_key: bool) -> str:
    """When an option would be right; for a key, when it would be wrong. Some texts say which."""
    if when.startswith(("Right", "Wrong")):
        return when
    return f"{'Wrong' if is_key else 'Right'}: {when}"


def verdict(marked: Marked) -> str:
    """Whether the answer was right; else the right one."""
    chosen = f"you chose {marked.given}" if marked.given else "not answered"
    silent = "" if marked.asked.scored else " (an unscored question)"
    outcome = "right" if marked.right else f"the answer is {marked.keys}"
    return f"{marked.asked.id}: {chosen}; {outcome}{silent}."


def result(marked: Result, width: int = 100) -> str:
    """The raw score, what it does not say, and a bar for each skill."""
    lines = [f"Raw score: {_share(marked.score)}."]
    if marked.unscored.of:
        silent = marked.unscored
        lines.append(
            f"Of the {silent.of} unscored questions, which the real exam tries out, "
            f"{silent.right} right."
        )
    lines += [textwrap.fill(exam.SCALED, width), "", _skills(marked.by_skill())]
    return "\n".join(lines)


def _share(share: Share) -> str:
    low, high = share.interval
    return (
        f"{share.right} of {share.of}, {share.percent:.0f} % "
        f"(95 % interval: {low:.0f} to {high:.0f} %)"
    )


def _skills(shares: Mapping[str, Share]) -> str:
    """A line a skill: a question of two skills counts for both, an unscored one as any other."""
    lines = ["By skill, all questions (# right, . wrong; 95 % interval):"]
    for skill, share in shares.items():
        low, high = share.interval
        filled = round(BAR * share.right / share.of)
        bar = "#" * filled + "." * (BAR - filled)
        name = f"{skill} {exam.SKILLS[skill]}"
        lines.append(
            f"{name:<41} {bar} {share.right:>2} of {share.of:<2} {low:>3.0f} to {high:>3.0f} %"
        )
    return "\n".join(lines)


def time_left(seconds: float) -> str:
    """ "1 h 52 min", "4 min", "less than a minute"."""
    minutes = math.ceil(seconds / 60)
    if minutes <= 1:
        return "less than a minute"
    hours = f"{minutes // 60} h " if minutes >= 60 else ""
    return f"{hours}{minutes % 60} min"
