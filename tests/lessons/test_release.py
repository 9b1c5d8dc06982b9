"""Nothing of an answer reaches the students' notebooks, lesson by lesson."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.lessons.contract import ROOT

SOURCES = sorted((ROOT / "source").glob("*/*.ipynb"))
REGION = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.S)


def cells(path: Path) -> list[nbformat.NotebookNode]:
    return list(nbformat.read(path, as_version=4).cells)


def released(source: Path) -> Path:
    return ROOT / "release" / source.relative_to(ROOT / "source")


def secrets(source: Path) -> set[str]:
    """Every line of a solution or hidden test that stands nowhere else in the notebook."""
    visible: set[str] = set()
    hidden: set[str] = set()
    for cell in cells(source):
        visible |= {line.strip() for line in REGION.sub("", cell.source).splitlines()}
        for match in REGION.finditer(cell.source):
            hidden |= {line.strip() for line in match[2].splitlines()}
    # Lines like ")" or "}" tell nothing.
    return {line for line in hidden - visible if len(line) > 8}


lesson = pytest.mark.parametrize("source", SOURCES, ids=lambda p: p.stem)


@lesson
def test_no_line_of_a_solution_or_hidden_test_is_released(source: Path) -> None:
    text = "\n".join(cell.source for cell in cells(released(source)))
    lines = {line.strip() for line in text.splitlines()}
    assert secrets(source), "the lesson has neither solutions nor hidden tests"
    assert not secrets(source) & lines
    assert "BEGIN SOLUTION" not in text and "HIDDEN TESTS" not in text


@lesson
def test_nothing_but_the_notebook_is_released(source: Path) -> None:
    assert [p.name for p in released(source).parent.iterdir() if p.is_file()] == [source.name]


@lesson
def test_neither_notebook_carries_output(source: Path) -> None:
    for path in (source, released(source)):
        assert not [c.id for c in cells(path) if c.get("outputs") or c.get("execution_count")]


@lesson
def test_source_and_release_have_the_same_cells(source: Path) -> None:
    assert [c.id for c in cells(source)] == [c.id for c in cells(released(source))]


@lesson
def test_a_blank_notebook_fails_in_its_checks_alone(source: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(released(source), as_version=4)
    client = NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": tmp_path}})
    client.execute()
    failed = {c.id for c in notebook.cells if has_failed(c)}
    assert failed == {c.id for c in notebook.cells if is_check(c)} - {"quiz_check"}


def is_check(cell: nbformat.NotebookNode) -> bool:
    """Whether a cell is graded without being an answer."""
    graded = cell.metadata.get("nbgrader", {})
    return bool(graded.get("grade")) and not graded["solution"]


def has_failed(cell: nbformat.NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))
