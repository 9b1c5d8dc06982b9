"""Points from a test cell's outputs: nothing but a clear result counts.

nbgrader 0.9.6 (`utils.determine_grade`) gives full marks for every result that is no number it can
read, for negative ones and for nan, to a cell that never ran, and nothing to a right answer that
printed a warning. Here: an error is 0, whatever else was printed; no result after a complete run is
full marks (all asserts held); a result must be one finite number from 0 to the maximum; anything
else, and a cell that did not run, is 0 and asks for a look. Text on stderr costs nothing.
Cells graded by hand are nbgrader's as they were.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from nbgrader.preprocessors import SaveAutoGrades
from nbgrader.utils import determine_grade, is_solution

from course.grading import flags
from course.grading.guards import HELD
from course.grading.runner import NOT_RUN

# How NumPy 2 shows a scalar: np.float64(1.5).
NUMPY_SCALAR = re.compile(r"np\.(?:float|int|uint)\d+\((.*)\)")
UNRUN = "was not run"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Score:
    """points: None when a person must grade; doubt: why somebody should look, or None."""

    points: float | None
    doubt: str | None = None


def score(cell: Any) -> Score:
    """The score of one executed grade cell."""
    if is_solution(cell) or cell.cell_type != "code":
        return Score(determine_grade(cell)[0])
    maximum = float(cell.metadata.nbgrader["points"])
    outputs = cell.outputs
    # Before "did it run": the cell that killed the kernel has an error and no number.
    if any(out.output_type == "error" for out in outputs):
        return Score(0.0)
    if cell.execution_count is None:
        return Score(0.0, UNRUN)
    results = [out for out in outputs if out.output_type == "execute_result"]
    if not results:
        return Score(maximum)
    return _judged(results, maximum)


def _judged(results: list[Any], maximum: float) -> Score:
    text = str(results[0].get("data", {}).get("text/plain", "")).strip()
    value = number(text)
    if len(results) > 1 or value is None or not 0 <= value <= maximum:
        return Score(0.0, f"gave {text[:30]!r}, no number from 0 to {maximum:g}")
    return Score(value)


def number(text: str) -> float | None:
    """The finite number that a result's text shows, NumPy's scalars included; else None."""
    scalar = NUMPY_SCALAR.fullmatch(text)
    digits = scalar[1] if scalar else text
    if not NUMBER.fullmatch(digits):
        return None
    value = float(digits)
    return value if math.isfinite(value) else None


class StrictScores(SaveAutoGrades):  # type: ignore[misc]
    """nbgrader's SaveAutoGrades with `score` in place of determine_grade; doubts become flags."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        self._doubts: list[str] = []
        self._ended = any(flag.endswith(NOT_RUN) for flag in flags.on(nb))
        self._held = any(flag.startswith(HELD) for flag in flags.on(nb))
        nb, resources = super().preprocess(nb, resources)
        flags.add(nb, *self._doubts)
        return nb, resources

    def _add_score(self, cell: Any, resources: Any) -> None:
        name = cell.metadata.nbgrader["grade_id"]
        grade = self.gradebook.find_grade(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        judged = score(cell)
        grade.auto_score = judged.points
        by_hand = grade.manual_score is not None or judged.points is None
        grade.needs_manual_grade = by_hand or self._held or judged.doubt is not None
        if judged.doubt and not (self._ended and judged.doubt == UNRUN):
            self._doubts.append(f"{name} {judged.doubt}")
        self.gradebook.db.commit()
