"""`course grade`: its options, and what it prints."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from course.grading import report

P = TypeVar("P", bound=argparse.ArgumentParser)


def add(commands: argparse._SubParsersAction[P]) -> P:
    """Teach the command line `grade`."""
    grade = commands.add_parser(
        "grade",
        help="grade a lesson's submissions",
        description="""Grade a lesson's submissions, several at a time, each in a sandbox. What is
            finished is kept: after an interruption the same command goes on.""",
        epilog="example: course grade 01_cloudwatch --jobs 4",
    )
    grade.add_argument("lesson", metavar="LESSON", help="such as 01_cloudwatch")
    grade.add_argument("--only", metavar="STUDENT", help="grade this one student")
    grade.add_argument("--jobs", metavar="N", type=_count, help="at a time (default: processors)")
    again = grade.add_mutually_exclusive_group()
    again.add_argument("--resume", action="store_true", help="go on where a call stopped (default)")
    again.add_argument("--fresh", action="store_true", help="do everything anew")
    grade.add_argument(
        "--no-sandbox", action="store_true", help="run submissions with your own rights"
    )
    grade.add_argument(
        "--cluster", metavar="ADDRESS", help="a Dask scheduler, such as tcp://10.0.0.1:8786"
    )
    grade.add_argument(
        "--verify",
        metavar="N",
        type=_count,
        nargs="?",
        const=10,
        help="run N graded submissions again (default: 10) and compare; changes nothing",
    )
    grade.add_argument(
        "--export",
        choices=("canvas", "moodle"),
        help="write a file of the points for that system; grades nothing",
    )
    grade.add_argument(
        "--column", metavar="NAME", default="", help="with --export: heading of the points"
    )
    grade.set_defaults(run=_grade)
    return grade


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _grade(given: argparse.Namespace) -> int:
    # nbgrader takes a second to import; no other command needs it.
    from course.grading import classroom, report, verify

    if given.export:
        return _export(given)
    lesson, course_dir = given.lesson, Path(given.course_dir)
    options = classroom.Options(given.jobs, given.fresh, not given.no_sandbox, given.cluster)
    if given.verify:
        problems = verify.verify(lesson, course_dir, given.verify, options, report.tell)
    else:
        with report.Progress() as progress:
            graded = classroom.grade(lesson, course_dir, given.only, progress, options)
        report.show(graded)
        print(f"Feedback pages: {course_dir / 'feedback'}/*/{lesson}/*.html")
        _show_pages(graded, given)
        problems = graded.lines()
    return _tell(problems)


def _show_pages(graded: report.ClassReport, given: argparse.Namespace) -> None:
    """Both pages are of a class; one student has a feedback page."""
    if given.only:
        return
    from course.grading import pages

    for line in pages.write(graded, Path(given.course_dir)).lines():
        print(line)


def _export(given: argparse.Namespace) -> int:
    from course.grading import exports

    path, problems = exports.write(given.export, given.lesson, Path(given.course_dir), given.column)
    print(f"Points: {path}")
    return _tell(problems)


def _tell(problems: list[str]) -> int:
    for line in problems:
        print(f"course: {line}", file=sys.stderr)
    return 1 if problems else 0
