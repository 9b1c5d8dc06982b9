"""What `course grade` prints: one row a student."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.columns import Columns
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One student's result.

    points: exercise -> points, empty unless graded. state: "graded", "not handed in", "refused" or
    "failed" (handed in, but grading broke off). problem: for the last two, why, in one line.
    """

    student: str
    state: str
    points: dict[str, float] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    problem: str | None = None

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


def progress(row: Row) -> None:
    """Tell a waiting person that one more submission is done; a pipe is told nothing."""
    console = Console(stderr=True)
    if console.is_terminal:
        console.print(f"{row.student}: {row.state}", highlight=False)
