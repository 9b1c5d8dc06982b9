"""nbgrader's own Execute gets sandboxed kernels by one line of its configuration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import Execute
from traitlets.config import Config

from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.isolation import WORK

MANAGER = "course.grading.sandbox.kernels.SandboxedKernelManager"


@pytest.fixture(autouse=True, scope="module")
def _no_lasting_process() -> Iterator[None]:
    yield
    for nest in kernels._nests.values():
        nest.close()


def executed(cells: list[str], folder: Path, **settings: Any) -> list[str]:
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    # Whatever kernel a submission names, it gets the sandboxed one.
    notebook.metadata.kernelspec = {"name": "of-the-student", "display_name": "x"}
    config = Config({"Execute": {"kernel_manager_class": MANAGER, "timeout": 20}, **settings})
    run = Execute(config=config)
    done, _ = run.preprocess(notebook, {"metadata": {"path": str(folder)}})
    nbformat.validate(done)
    return [
        output.get("text", output.get("ename")) for cell in done.cells for output in cell.outputs
    ]


def test_a_notebook_runs_in_a_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if why := bubblewrap.why_not():
        pytest.skip(why)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    (tmp_path / "helper.py").write_text("answer = 42")
    cells = [
        "import os, helper; print(os.getcwd(), os.environ['NBGRADER_EXECUTION'], helper.answer)",
        "1 / 0",
        "print('goes on')",
    ]
    expected = [f"{WORK} autograde 42\n", "ZeroDivisionError", "goes on\n"]
    assert executed(cells, tmp_path) == expected
    assert executed(cells, tmp_path) == expected


def test_limits_are_set_like_the_rest_of_nbgrader(tmp_path: Path) -> None:
    if why := bubblewrap.why_not():
        pytest.skip(why)
    settings = {"SandboxedKernelManager": {"limits": {"file_mb": 1}}}
    said = executed(["open('big', 'wb').write(b'x' * (2 << 20))"], tmp_path, **settings)
    assert said == ["OSError"]


def test_without_a_sandbox_it_runs_as_well(tmp_path: Path) -> None:
    settings = {"SandboxedKernelManager": {"sandboxed": False}}
    cells = ["import os; print(os.getuid(), os.path.basename(os.getcwd()))"]
    assert executed(cells, tmp_path, **settings) == [f"{os.getuid()} work\n"]
