"""The `course` command: `course lab`, `course insights QUERY`, `course exam`, `course grade` ...

Errors are one line on stderr, never a stack trace: exit status 2 for wrong usage, 1 for everything
else that went wrong.
"""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from course.errors import UserError
from course.grading import command as grading
from course.study import commands as studying
from course.study import lab

COMMANDS = (
    *("check", "doctor", "exam", "grade", "hint", "insights", "lab", "new", "progress"),
    *("review", "solution"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see {self.prog} --help", 2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    try:
        _refuse_unknown(list(sys.argv[1:] if arguments is None else arguments))
        given, others = _parser().parse_known_args(arguments)
        if others and given.command != "lab":
            raise UserError(f"unknown argument {others[0]!r}; see course --help", 2)
        given.others = others
        return int(given.run(given))
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
    _add_insights(commands)
    studying.add_progress(commands)
    adding: tuple[Callable[[Any], argparse.ArgumentParser], ...] = (
        *(grading.add, _add_lab, _add_exam, _add_review, _add_check, _add_new, _add_doctor),
        *(studying.add_hint, studying.add_solution),
    )
    for add in adding:
        add(commands).add_argument(
            "--course-dir", metavar="DIR", default=".", help="the course's folder (default: .)"
        )
    return parser


def _add_insights(commands: argparse._SubParsersAction[_Parser]) -> None:
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
    insights.set_defaults(run=_insights)


def _add_lab(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    opened = commands.add_parser(
        "lab",
        help="open the lessons in JupyterLab",
        description="Open the lessons in JupyterLab; other options go on to it.",
        epilog="example: course lab --no-browser",
    )
    opened.set_defaults(run=_lab)
    return opened


def _add_check(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    check = commands.add_parser(
        "check",
        help="grade your own work on a lesson",
        description="""Grade your own copy of a lesson as an instructor would, and open a report:
            points, what the checks say, your pictures, what to read again. Your copy stays as it
            is; save it in JupyterLab first.""",
        epilog="example: course check 01",
    )
    check.add_argument("lesson", metavar="LESSON", help="01, 01_cloudwatch or a notebook's path")
    check.add_argument("--no-browser", action="store_true", help="write the report, do not open it")
    check.set_defaults(run=_check)
    return check


def _add_new(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    new = commands.add_parser(
        "new",
        help="begin a lesson anew",
        description="Put a fresh copy of a lesson beside yours in work/; yours stays as it is.",
        epilog="example: course new 01",
    )
    new.add_argument("lesson", metavar="LESSON", help="01 or 01_cloudwatch")
    new.set_defaults(run=_new)
    return new


def _add_doctor(commands: argparse._SubParsersAction[_Parser]) -> _Parser:
    doctor = commands.add_parser(
        "doctor",
        help="look for what is missing on this machine",
        description="""Look whether this machine has what the course needs, and say what to do
            where something is missing. Exit status 1 if the lessons cannot run.""",
        epilog="example: course doctor",
    )
    doctor.set_defaults(run=_doctor)
    return doctor


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
    exam.set_defaults(run=_exam)
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
    review.set_defaults(run=_review)
    return review


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes")
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date such as 2027-02-15") from None


def _lab(given: argparse.Namespace) -> NoReturn:
    lab.open_lab(Path(given.course_dir), given.others)


def _check(given: argparse.Namespace) -> int:
    # nbgrader takes a second to import; few commands need it.
    from course.study import self_grading

    checked = self_grading.check(given.lesson, Path(given.course_dir), print)
    print("\n".join(checked.lines()))
    if not given.no_browser:
        self_grading.show(checked.report)
    return 0


def _new(given: argparse.Namespace) -> int:
    from course.study import copies

    for path in copies.new(given.lesson, Path(given.course_dir)):
        print(f"A fresh copy: {path}")
    return 0


def _doctor(given: argparse.Namespace) -> int:
    from course.study import doctor

    findings = doctor.examine(Path(given.course_dir))
    for finding in findings:
        print(finding.line())
    return 1 if any(finding.stops for finding in findings) else 0


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
