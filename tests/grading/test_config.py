"""nbgrader_config.py: every setting is explained, and really reaches nbgrader."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import ClearSolutions, OverwriteCells
from traitlets.config import PyFileConfigLoader
from traitlets.utils.importstring import import_item

from course.grading.execute import CollectedExecute
from tests.grading.tiny import ROOT

FILE = ROOT / "nbgrader_config.py"


@pytest.fixture(scope="module")
def config() -> Any:
    return PyFileConfigLoader(FILE.name, path=str(FILE.parent)).load_config()


def test_every_setting_has_its_reason_on_the_line_above() -> None:
    text = FILE.read_text()
    lines = text.splitlines()
    first = [node.lineno for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    settings = [n for n in first if lines[n - 1].startswith("c.")]
    unexplained = [
        lines[n - 1]
        for n in settings
        if not lines[n - 2].startswith("# ") and not lines[n - 3].startswith("# ")
    ]
    assert len(settings) >= 15
    assert unexplained == []


def test_the_settings_reach_nbgrader(config: Any, tmp_path: Path) -> None:
    config.CourseDirectory.root = str(tmp_path)
    api = NbGraderAPI(config=config)
    kwargs = {"coursedir": api.coursedir, "parent": api}
    assert api.coursedir.course_id == "aws-troubleshooting"
    assert api.coursedir.db_url.endswith("gradebook.db?timeout=60")
    for converter, lists in (
        (Autograde, ("sanitize_preprocessors", "autograde_preprocessors")),
        (GenerateFeedback, ("preprocessors",)),
    ):
        made = converter(**kwargs)
        for name in lists:
            wanted = config[converter.__name__][name]
            assert getattr(made, name) == wanted
            assert all(import_item(path) for path in wanted)
    assert not Autograde(**kwargs).create_student


def test_the_settings_reach_the_preprocessors(config: Any) -> None:
    execute = CollectedExecute(config=config)
    assert execute.skip_cells_with_tag == "-never-"
    assert (execute.timeout, execute.interrupt_on_timeout, execute.allow_errors) == (30, True, True)
    assert OverwriteCells(config=config).add_missing_cells


def test_a_stub_is_a_comment_so_that_a_blank_notebook_runs_on(config: Any) -> None:
    stub = ClearSolutions(config=config).code_stub["python"]
    assert ast.parse(stub).body == []
    assert ast.parse(f'def f():\n    """What f gives."""\n    {stub}').body
