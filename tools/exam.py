"""The mock exam's generated parts: the questions without keys, and the cells of lesson 11.

python -m tools.exam            writes course/study/exam_questions.json from lessons/items
python -m tools.exam --check    fails when it is not up to date

Keys and reasons stand only in the hidden region of the check cell, as a quiz's do: neither the
package nor the release holds them.
"""

from __future__ import annotations

import pprint
import sys
from pathlib import Path

from course.errors import UserError
from course.study import exam, exam_sheet, items
from course.study.items import Bank
from tools.lesson import Cell, LessonError

ROOT = Path(__file__).resolve().parent.parent
LENGTH = "short"
REFERENCE = "reference"  # the student whose form the solution answers


def expand(cell: Cell, folder: Path) -> list[Cell]:
    """The cell's own text, the answer cell, a look at the questions and the check cell."""
    bank = _bank(cell, folder)
    points = cell.markers["points"]
    if points != exam.LENGTHS[LENGTH].questions:
        cell.refuse(f"{points} points for a {LENGTH} form; each of its questions is worth one")

    def code(source: str, **markers: object) -> Cell:
        return Cell(cell.file, cell.number, "code", source, dict(markers))

    return [
        Cell(cell.file, cell.number, "markdown", cell.source),
        code(_answer_source(bank), answer="exam"),
        code("from course.study import exam_sheet\n\nexam_sheet.page(student)"),
        code(_check_source(bank), check="exam", points=points),
    ]


def _bank(cell: Cell, folder: Path) -> Bank:
    try:
        bank = items.read(folder)
        exam.form(REFERENCE, LENGTH, bank.questions)
    except (UserError, ValueError) as error:
        raise LessonError(f"{cell.file}, cell {cell.number}: {folder.name}: {error}") from None
    return bank


def _answer_source(bank: Bank) -> str:
    drawn = exam.form(REFERENCE, LENGTH, bank.questions)
    keys = {each.id: each.letters(bank.reasons[each.id].keys) for each in drawn.asked}
    return (
        "# Your id on the roster; alone, any word. It draws your form.\n"
        'student = ""\n'
        "# Run this cell and the next one; put the dictionary from there in place of this one.\n"
        "answers = {}\n"
        f'### BEGIN SOLUTION\nstudent = "{REFERENCE}"\n'
        f"{exam_sheet.blank(drawn, keys)}### END SOLUTION"
    )


def _check_source(bank: Bank) -> str:
    kept = {
        name: ("".join(reasons.keys), dict(reasons.why)) for name, reasons in bank.reasons.items()
    }
    literal = pprint.pformat(kept, width=110, sort_dicts=False)
    return (
        "from course.study import exam_sheet\n\n"
        "print(exam_sheet.filled(student, answers))\n"
        f"### BEGIN HIDDEN TESTS\nkeys = {literal}\n"
        "exam_sheet.mark(student, answers, keys)\n### END HIDDEN TESTS"
    )


def main(arguments: list[str]) -> int:
    made = items.without_keys(items.read(ROOT / items.FOLDER).questions)
    if "--check" not in arguments:
        items.PACKAGED.write_text(made, encoding="utf-8")
        return 0
    if items.PACKAGED.exists() and items.PACKAGED.read_text(encoding="utf-8") == made:
        return 0
    print(f"{items.PACKAGED.relative_to(ROOT)} is not up to date: run make build", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
