"""`course hint`, `course solution` and `course progress`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from course.errors import UserError


def add_hint(commands: Any) -> argparse.ArgumentParser:
    hint: argparse.ArgumentParser = commands.add_parser(
        "hint",
        help="the next step towards an answer",
        description="Say where to look; called again, which idea; then how to begin.",
        epilog="example: course hint slowest_invocations",
    )
    hint.add_argument("exercise", metavar="EXERCISE", help="its name, as in check(...)")
    hint.set_defaults(run=_hint)
    return hint


def add_solution(commands: Any) -> argparse.ArgumentParser:
    solution: argparse.ArgumentParser = commands.add_parser(
        "solution",
        help="the reference answer, after an attempt",
        description="Show a reference answer and its trade-offs, once you have tried.",
        epilog="example: course solution slowest_invocations",
    )
    solution.add_argument("exercise", metavar="EXERCISE", help="its name, as in check(...)")
    solution.set_defaults(run=_solution)
    return solution


def add_progress(commands: Any) -> argparse.ArgumentParser:
    progress: argparse.ArgumentParser = commands.add_parser(
        "progress",
        help="what you have done so far",
        description="Show what is right by lesson and by skill, and what is due for review.",
        epilog="example: course progress --export progress.json",
    )
    other = progress.add_mutually_exclusive_group()
    other.add_argument("--export", metavar="FILE.json", type=Path, help="write all of it as JSON")
    other.add_argument("--delete", action="store_true", help="delete it, exams and cards as well")
    progress.add_argument("--yes", action="store_true", help="with --delete: do not ask")
    progress.set_defaults(run=_progress)
    return progress


def _hint(given: argparse.Namespace) -> int:
    from course.study import tutor

    print(tutor.hint(given.exercise, course_dir=given.course_dir))
    return 0


def _solution(given: argparse.Namespace) -> int:
    from course.study import tutor

    print(tutor.solution(given.exercise, course_dir=given.course_dir))
    return 0


def _progress(given: argparse.Namespace) -> int:
    from course.study import attempts, overview, records

    path = records.default_path()
    if given.yes and not given.delete:
        raise UserError("--yes goes with --delete; see course progress --help", 2)
    if given.export:
        attempts.export(path, given.export)
        print(f"Everything that is kept is in {given.export}.")
    elif given.delete:
        print(_delete(path, given.yes))
    else:
        print(overview.progress())
    return 0


def _delete(path: Path, sure: bool) -> str:
    from course.study import attempts

    if not path.exists():
        return f"There is nothing to delete: no {path}."
    if not (sure or _says_yes(f"Delete {path}: checks, hints, exams and cards? yes or no > ")):
        return "Nothing was deleted."
    attempts.delete(path)
    return f"{path} is deleted."


def _says_yes(question: str) -> bool:
    try:
        return input(question).strip().lower() in ("y", "yes")
    except EOFError:
        return False
