"""Run a submission's cells; a cell that hangs or kills the kernel costs its own points, not all.

On top of nbgrader's Execute (nbclient): notes which cell ran into the time limit and says so in its
output in words, and keeps what was run when the kernel dies, where stock nbgrader drops the whole
submission. After a death nothing more is run; `scores` gives such cells 0 and asks for a look.
"""

from __future__ import annotations

import time
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute

from course.grading import flags
from course.grading.repair import grade_id

# How the flag of a run that broke off ends.
NOT_RUN = "; later cells not run"


class WatchedExecute(Execute):  # type: ignore[misc]
    """nbgrader's Execute, with its settings (`c.Execute...`); leaves flags in the notebook."""

    def preprocess(self, nb: Any, resources: Any, **kwargs: Any) -> tuple[Any, Any]:
        self._ended = False
        nb, resources = super().preprocess(nb, resources, **kwargs)
        return nb, resources

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        if self._ended:
            return cell, resources
        self._started = time.monotonic()
        try:
            return super().preprocess_cell(cell, resources, index)
        except DeadKernelError:
            self._end(cell, index, "kernel died", "DeadKernelError", "this cell ended the kernel")
        except CellTimeoutError:
            self._end(cell, index, "no answer to interrupt", "TimeoutError", self._too_long())
        return cell, resources

    def on_cell_executed(self, **kwargs: Any) -> None:
        super().on_cell_executed(**kwargs)
        cell = kwargs["cell"]
        if self.timeout and time.monotonic() - self._started >= self.timeout:
            flags.add(self.nb, f"time-out in {name_of(cell, kwargs['cell_index'])}")
            errors = [out for out in cell.outputs if out.output_type == "error"]
            for out in errors:
                out.update(_error("TimeoutError", self._too_long()))

    def _too_long(self) -> str:
        return f"this cell was stopped after {self.timeout} s; does a loop never end?"

    def _end(self, cell: Any, index: int, what: str, ename: str, evalue: str) -> None:
        self._ended = True
        flags.add(self.nb, f"{what} in {name_of(cell, index)}{NOT_RUN}")
        cell.outputs = [*cell.get("outputs", []), _error(ename, evalue)]


def _error(ename: str, evalue: str) -> Any:
    text = f"{ename}: {evalue}"
    return new_output("error", ename=ename, evalue=evalue, traceback=[text])


def name_of(cell: Any, index: int) -> str:
    """How a cell is called in a flag: its id, or its place counted from 1."""
    return grade_id(cell) or f"cell {index + 1}"
