"""The `course` command: `course grade LESSON`, `course lab`.

Errors are one line on stderr, never a stack trace: exit status 2 for wrong usage, 1 for everything
else that went wrong.
"""

from __future__ import annotations

import argparse
import difflib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from course.grading.errors import UserError

FIRST = "01_cloudwatch"


COMMANDS = ("grade", "lab")


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
            return _lab(Path(given.course_dir), rest)
        return _grade(given.lesson, Path(given.course_dir), given.only)
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
    grade = commands.add_parser("grade", help="grade a lesson's submissions")
    grade.add_argument("lesson", metavar="LESSON", help=f"such as {FIRST}")
    grade.add_argument("--only", metavar="STUDENT", help="grade this one student")
    lab = commands.add_parser(
        "lab",
        help="open the lessons in JupyterLab",
        description="Open the lessons in JupyterLab; other options go on to it (--no-browser).",
    )
    for command in (grade, lab):
        command.add_argument(
            "--course-dir", metavar="DIR", default=".", help="the course's folder (default: .)"
        )
    return parser


def _grade(lesson: str, course_dir: Path, only: str | None) -> int:
    # nbgrader takes a second to import; no other command needs it.
    from course.grading import classroom, report

    graded = classroom.grade(lesson, course_dir, only, report.progress)
    report.show(graded)
    print(f"Feedback pages: {course_dir / 'feedback'}/*/{lesson}/*.html")
    for line in graded.lines():
        print(f"course: {line}", file=sys.stderr)
    return 1 if graded.lines() else 0


def _lab(course_dir: Path, rest: list[str]) -> int:
    """Open work/: own copies of the released notebooks, made once and never overwritten."""
    start = first_notebook(course_dir.resolve())
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        f"--ServerApp.root_dir={course_dir.resolve()}",
    ]
    return subprocess.call([*command, f"--LabApp.default_url=/lab/tree/{start}", *rest])


def first_notebook(course_dir: Path) -> str:
    """Path below `course_dir` of the notebook to open; copies new lessons into work/."""
    released = sorted((course_dir / "release").glob("*/*.ipynb"))
    if not released:
        raise UserError(
            f"no lessons in {course_dir / 'release'}; name the folder with --course-dir"
        )
    for path in released:
        own = course_dir / "work" / path.relative_to(course_dir / "release")
        if not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, own)
    return f"work/{released[0].parent.name}/{released[0].name}"


if __name__ == "__main__":
    sys.exit(main())
