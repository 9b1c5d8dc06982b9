"""The `course` command: `course lab`, `course insights QUERY`, `course exam`, `course grade` ...

Errors are one line on stderr, never a stack trace: exit status 2 for wrong usage, 1 for everything
else that went wrong.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from course.errors import UserError
from course.study import lab

if TYPE_CHECKING:
    from course.grading import report

FIRST = "01_cloudwatch"


COMMANDS = ("exam", "grade", "insights", "lab", "review")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see {self.prog} --help", 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    try:
        _refuse_unknown(list(sys.argv[1:] if arguments is None else arguments))
        given, rest = _parser().parse_known_args(arguments)
        if rest and given.command != "lab":
            raise UserError(f"unknown argument {rest[0]!r}; see course --help", 2)
        if given.command == "lab":
            lab.open_lab(Path(given.course_dir), rest)
        if given.command == "insights":
            return _insights(given)
        if given.command == "exam":
            return _exam(given)
        if given.command == "review":
            return _review(given)
        return _grade(given)
    except UserError as error:
        print(f"course: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("course: interrupted", file=sys.stderr)
        return 1


def _refuse_unknown(arguments: list[str]) -> None:
    first = arguments[0] if arguments else ""
    if first and not first.startswith("-") and first not in COMMANDS:
        close = difflib.get_close_matches(first, COMMANDS, n=1) or list(COMMANDS)
        meant = " or ".join(repr(name) for name in close)
        raise UserError(f"no command {first!r}; did you mean {meant}?", 2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="course", description="Troubleshooting on AWS, in graded notebooks.")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    grade = _add_grade(commands)
    opened = commands.add_parser(
        "lab",
        help="open the lessons in JupyterLab",
        description="Open the lessons in JupyterLab; other options go on to it (--no-browser).",
    )
    insights = commands.add_parser(
        "insights",
        help="run a Logs Insights query",
        description="""Run a Logs Insights query over files of events (NDJSON, also gzipped, or
            Parquet; a pattern in quotes stands for many), or over the shop.""",
        epilog="""example: course insights 'filter @type = "REPORT" | stats count(*) by @log'""",
    )
    insights.add_argument("query", metavar="QUERY")
    insights.add_argument("files", metavar="FILE", nargs="*", type=Path)
    insights.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="default: table"
    )
    insights.add_argument(
        "--check", action="store_true", help="only say whether the query is valid"
    )
    insights.add_argument(
        "--table", metavar="NAME=FILE.csv", action="append", default=[], help="a lookup table"
    )
    insights.add_argument("--saved", metavar="FILE.toml", help="saved queries, by name")
    exam, review = _add_exam(commands), _add_review(commands)
    for command in (grade, opened, exam, review):
        command.add_argument(
            "--course-dir", metavar="DIR", default=".", help="the course's folder (default: .)"
        )
    return parser


def _add_grade(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    grade = commands.add_parser(
        "grade",
        help="grade a lesson's submissions",
        description="""Grade a lesson's submissions, several at a time, each in a sandbox. What is
            finished is kept: after an interruption the same command goes on.""",
        epilog="example: course grade 01_cloudwatch --jobs 4",
    )
    grade.add_argument("lesson", metavar="LESSON", help=f"such as {FIRST}")
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
    return grade


def _add_exam(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    exam = commands.add_parser(
        "exam",
        help="sit a mock exam",
        description="""Sit a mock exam of Domain 4, or go on with the one in progress. Answers are
            kept as you give them; the clock goes on.""",
        epilog="example: course exam --form short",
    )
    exam.add_argument(
        "--form",
        choices=("full", "domain", "short"),
        help="65 questions in 130 minutes (default), 40 in 80, or 20 in 40",
    )
    exam.add_argument("--seed", metavar="WORD", help="draws the form; in a class, your id")
    exam.add_argument("--minutes", metavar="N", type=_positive, help="another time limit")
    exam.add_argument("--new", action="store_true", help="hand in what is in progress, begin anew")
    exam.add_argument("--review", action="store_true", help="explain the last finished exam")
    return exam


def _add_review(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    review = commands.add_parser(
        "review",
        help="review what you missed, when it is due",
        description="Ask again what you missed in `course exam`, spaced out until your exam.",
        epilog="example: course review --exam-date 2027-02-15",
    )
    review.add_argument(
        "--exam-date", metavar="DATE", type=_day, help="nothing comes later than the day before"
    )
    review.add_argument(
        "--anki", metavar="FILE.apkg", type=Path, help="export an Anki deck instead"
    )
    review.add_argument("--all", action="store_true", help="with --anki: every question")
    return review


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2027-02-15") from None


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


def _exam(given: argparse.Namespace) -> int:
    # The exam's parts read files and take time to import; no other command needs them.
    from course.study import exam_terminal as terminal
    from course.study import items, records

    bank = items.find(Path(given.course_dir))
    kept, screen = records.Records(records.default_path()), terminal.Terminal()
    if given.review:
        terminal.explain(screen, kept, bank)
        return 0
    options = {"seed": given.seed, "minutes": given.minutes, "new": given.new}
    terminal.take(screen, kept, bank, given.form, **options)
    return 0


def _review(given: argparse.Namespace) -> int:
    from course.study import exam_terminal as terminal
    from course.study import items, records, schedule

    bank = items.find(Path(given.course_dir))
    kept, screen = records.Records(records.default_path()), terminal.Terminal()
    if given.all and not given.anki:
        raise UserError("--all goes with --anki; see course review --help", 2)
    if given.exam_date:
        schedule.set_exam(kept, given.exam_date, screen.clock())
    if given.anki:
        terminal.export(screen, kept, bank, given.anki, given.all)
    else:
        terminal.review(screen, kept, bank)
    return 0


def _insights(given: argparse.Namespace) -> int:
    from course import data
    from course.insights import command

    tables = command.lookup_tables(given.table)
    saved = command.saved_queries(given.saved) if given.saved else {}
    if given.check:
        print(command.check(given.query, saved))
        return 0
    events = command.named(given.files) if given.files else data.load("checkout").logs
    print(command.answer(given.query, events, given.format, tables, saved))
    return 0


if __name__ == "__main__":
    sys.exit(main())
