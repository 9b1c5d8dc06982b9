"""nbgrader's step that runs a submission's cells: takes the run made ahead, or makes it.

`course grade` makes all runs ahead, several at a time, and then lets nbgrader write the scores;
here the run that belongs to the notebook is found by its key. `nbgrader autograde` and Formgrader's
button come without runs made ahead: the same run is made here, in the same kind of kernel.
"""

from __future__ import annotations

import os
from collections.abc import Container, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbgrader.preprocessors import Execute
from nbgrader.utils import find_all_files
from traitlets import Bool, Dict, List, Unicode

from course.errors import UserError
from course.grading import flags, runs, workers
from course.grading.boundary import TOGETHER
from course.grading.repair import grade_id, is_locked
from course.grading.runs import APART, TEST, Cell, Job, Run
from course.grading.sandbox.limits import Limits

# Below the course's folder.
RUNS = Path("build", "grading", "runs")


class CollectedExecute(Execute):  # type: ignore[misc]
    """In the place of nbgrader's Execute; `c.Execute.timeout` is the limit of a cell here, too."""

    sandboxed = Bool(True, help="False: a submission runs with the rights of whoever grades.").tag(
        config=True
    )
    together = List(
        Unicode(), list(TOGETHER), help="Exercises whose checks run in the answers' own kernel."
    ).tag(config=True)
    limits = Dict(help="Limits that differ from course.grading.sandbox.limits.Limits.").tag(
        config=True
    )

    ahead = Bool(False, help="Set by `course grade`: what was lost ahead is not tried again here.")
    ahead.tag(config=True)

    def preprocess(self, nb: Any, resources: Any, **kwargs: Any) -> tuple[Any, Any]:
        coursedir = self.parent.parent.coursedir
        folder = Path(resources["metadata"]["path"])
        made = self.job(nb, read_files([folder], coursedir.ignore))
        store = runs.Store(Path(coursedir.root) / RUNS)
        run = store.load(made.key)
        if run is None or (run.lost and not self.ahead):
            run = workers.run_here(made)
            store.save(run)
        put(run, nb)
        return nb, resources

    def job(self, nb: Any, files: dict[str, bytes]) -> Job:
        """What has to be run for a notebook, under this step's settings."""
        seed = os.environ.get(runs.SEED)
        return Job(tuple(_cells(nb, self.together)), files, self.chosen(), self.sandboxed, seed)

    def chosen(self) -> Limits:
        """The limits under this step's settings; UserError for one that there is not."""
        known = {one.name for one in fields(Limits)}
        for name in self.limits:
            if name not in known:
                all_of_them = ", ".join(sorted(known - {"cell_s"}))
                raise UserError(f"c.CollectedExecute.limits has {name!r}; it knows {all_of_them}")
        return Limits(**{"cell_s": self.timeout, **self.limits})


def _cells(nb: Any, together: Container[str]) -> Iterable[Cell]:
    for position, cell in _code(nb):
        role = _role(cell)
        if role == APART and str(grade_id(cell)).removesuffix("_check") in together:
            role = TEST
        yield Cell(grade_id(cell) or f"cell {position + 1}", role, cell.source)


def _code(nb: Any) -> Iterable[tuple[int, Any]]:
    for position, cell in enumerate(nb.cells):
        if cell.cell_type == "code" and cell.source.strip():
            yield position, cell


def _role(cell: Any) -> str:
    if grade_id(cell) is None:
        return "own"
    marks = cell.metadata.nbgrader
    if marks.get("solution"):
        return "answer"
    if marks.get("grade"):
        return APART
    return "locked" if is_locked(cell) else "own"


def put(run: Run, nb: Any) -> None:
    """Write a run's outputs and flags into the notebook that it belongs to."""
    for (_, cell), made in zip(_code(nb), run.cells, strict=True):
        cell.outputs = [from_dict(out) for out in made.outputs]
        cell.execution_count = made.count
    flags.add(nb, *run.flags)
    flags.set_run(nb, run.key)


def read_files(folders: list[Path], ignore: list[str]) -> dict[str, bytes]:
    """What stands beside a notebook, as nbgrader copies it; of two alike the later folder's."""
    found = {}
    for folder in folders:
        for name in find_all_files(str(folder), [*ignore, "*.ipynb", *runs.NOT_COPIED]):
            path = Path(name)
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found
