"""What `course grade` prints: one row a student."""

from __future__ import annotations

from dataclasses import dataclass, field

import rich.progress
from rich.columns import Columns
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One student's result.

    points: exercise -> points, empty unless graded. state: "graded", "not handed in", "refused" or
    "failed" (handed in, but grading broke off). problem: for the last two, why, in one line.
    seconds: for its cells, and for nbgrader's steps if they had to be done.
    """

    student: str
    state: str
    points: dict[str, float] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    problem: str | None = None
    seconds: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.points.values())


@dataclass(frozen=True)
class ClassReport:
    """lesson; maxima: exercise -> points it is worth; problems: those outside of a row."""

    lesson: str
    maxima: dict[str, float]
    rows: list[Row]
    problems: list[str]
    sandboxed: bool = True

    @property
    def maximum(self) -> float:
        return sum(self.maxima.values())

    def row(self, student: str) -> Row:
        """The row of one student; KeyError when the class has none of that name."""
        found = {row.student: row for row in self.rows}
        return found[student]

    def lines(self) -> list[str]:
        """Every problem in one line each: first those of students, then the others."""
        return [f"{r.student}: {r.problem}" for r in self.rows if r.problem] + self.problems


def table(report: ClassReport) -> Table:
    """The report as a rich table: exercises are numbered, so that eleven fit beside the flags."""
    made = Table(title=f"{report.lesson} ({report.maximum:g})", title_justify="left")
    made.add_column("student", no_wrap=True)
    for number, maximum in enumerate(report.maxima.values(), start=1):
        made.add_column(f"{number}\n/{maximum:g}", justify="right", no_wrap=True)
    made.add_column("total", justify="right", no_wrap=True)
    made.add_column("flags", overflow="fold", min_width=24)
    for row in report.rows:
        made.add_row(*_cells(row, report))
    return made


def legend(report: ClassReport) -> Columns:
    """Which exercise each number of the table stands for."""
    return Columns([f"{n} {name}" for n, name in enumerate(report.maxima, start=1)], (0, 3))


def _cells(row: Row, report: ClassReport) -> list[str]:
    if row.state != "graded":
        blanks = [""] * len(report.maxima)
        return [row.student, *blanks, "-", f"{row.state}{_stop(row.problem)}"]
    points = [f"{row.points.get(name, 0):g}" for name in report.maxima]
    total = f"{row.total:g}/{report.maximum:g}"
    return [row.student, *points, total, "\n".join(row.flags)]


def _stop(problem: str | None) -> str:
    return f": {problem}" if problem else ""


def show(report: ClassReport) -> None:
    """Print the table, in a pipe as wide as a terminal would be."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=132)
    console.print(table(report))
    console.print(legend(report))
    if not report.sandboxed:
        console.print("unsandboxed: these submissions ran with the rights of whoever graded them")


class Progress:
    """A line for every student who is done; on a terminal also a bar below them."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bar = rich.progress.Progress(
            *(rich.progress.BarColumn(), rich.progress.MofNCompleteColumn()),
            rich.progress.TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
            transient=True,
        )

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, row: Row, of: int) -> None:
        """One of so many students is done."""
        if not self._bar.tasks:
            self._bar.add_task("", total=of)
        self._bar.advance(self._bar.task_ids[0])
        if self._console.is_terminal:
            self._bar.console.print(line(row), highlight=False, markup=False)
        else:
            tell(line(row))


def line(row: Row) -> str:
    """A row in a few words."""
    if row.state != "graded":
        return f"{row.student}: {row.state}"
    count = len(row.flags)
    flags = f", {count} flag{'s' if count > 1 else ''}" if count else ""
    return f"{row.student}: {row.total:g} points{flags} ({row.seconds:.1f} s)"


def tell(text: str) -> None:
    """Print a line at once, also into a pipe."""
    print(text, flush=True)
