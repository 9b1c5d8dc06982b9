"""A run that breaks off keeps what it had, and says where it stopped."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_notebook

from course.grading import flags
from course.grading.execute import WatchedExecute
from tests.grading.tiny import METADATA, marks


def test_a_loop_that_no_interrupt_reaches_ends_the_run_not_the_submission() -> None:
    # sum() over an endless C iterator never comes back to the interpreter loop.
    cells = [
        new_code_cell("1 + 1"),
        new_code_cell("sum(iter(int, 1))", metadata=marks("endless", solution=True)),
        new_code_cell("2 + 2"),
    ]
    nb = new_notebook(cells=cells, metadata=METADATA)
    ran, _ = WatchedExecute(timeout=1).preprocess(nb, {"metadata": {}})
    first, second, third = ran.cells
    assert first.outputs[0].data["text/plain"] == "2"
    assert second.outputs[-1].ename == "TimeoutError"
    assert (third.outputs, third.execution_count) == ([], None)
    (flag,) = flags.on(ran)
    assert flag.endswith("in endless; later cells not run")
