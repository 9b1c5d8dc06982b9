"""A student at work in a real browser: typing an answer, its check, a blank run, Validate.

With COURSE_SCREENSHOTS=1 in the environment, build/screenshots gets what was seen.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.grading import tiny
from tests.lessons.contract import ROOT, Exercise, exercises
from tests.lessons.test_release import is_check

pytest.importorskip("playwright", reason="playwright drives the browser")
from tests.browser import lab as browser  # noqa: E402

pytestmark = browser.MARKS
LESSON = "01_cloudwatch/cloudwatch.ipynb"
OWN = f"work/{LESSON}"
SHOTS = ROOT / "build" / "screenshots"

# Cells that are out of sight are not drawn: one is activated by its id, then scrolled to.
ACTIVATE = """async id => {
  const { content } = window.jupyterapp.shell.currentWidget;
  content.activeCellIndex = content.widgets.findIndex(cell => cell.model.id === id);
  await content.scrollToItem(content.activeCellIndex, 'center');
}"""
RUN_ABOVE = "() => window.jupyterapp.commands.execute('notebook:run-all-above')"
# Unlike "run all", this goes on behind a cell that failed.
RUN_EACH = """async () => {
  const { content, context, sessionContext } = window.jupyterapp.shell.currentWidget;
  await sessionContext.ready;
  for (const [index, cell] of content.widgets.entries()) {
    if (cell.model.type !== 'code') continue;
    content.deselectAll();
    content.activeCellIndex = index;
    await window.jupyterapp.commands.execute('notebook:run-cell');
  }
  await context.save();
}"""
IS_DONE = """([id, before]) => {
  const { content } = window.jupyterapp.shell.currentWidget;
  const { model } = content.widgets.find(cell => cell.model.id === id);
  return model.executionState === 'idle' && model.executionCount > before;
}"""
STATE = """id => {
  const { content } = window.jupyterapp.shell.currentWidget;
  const { model } = content.widgets.find(cell => cell.model.id === id);
  return { count: model.executionCount ?? 0, outputs: model.outputs.toJSON() };
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tiny.make_course(tmp_path_factory.mktemp("answering"), [])
    shutil.copytree(ROOT / "release" / "01_cloudwatch", folder / "release" / "01_cloudwatch")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[browser.Server]:
    with browser.jupyterlab(folder) as server:
        yield server


@pytest.fixture
def lab(server: browser.Server, folder: Path) -> Iterator[browser.Lab]:
    """A page, and lesson 01 as it was handed out."""
    shutil.copyfile(folder / "release" / LESSON, folder / OWN)
    with server.lab() as lab:
        yield lab


def first() -> Exercise:
    return next(each for each in exercises() if each.lesson == "01_cloudwatch")


def photograph(lab: browser.Lab, name: str) -> None:
    if "COURSE_SCREENSHOTS" in os.environ:
        SHOTS.mkdir(parents=True, exist_ok=True)
        lab.page.wait_for_timeout(400)  # lets JupyterLab draw what came into view
        lab.page.screenshot(path=SHOTS / f"{name}.png")


def run_by_keyboard(lab: browser.Lab, cell: str) -> list[dict[str, Any]]:
    """Shift+Enter in a cell; its outputs once it has run."""
    lab.page.evaluate(ACTIVATE, cell)
    before = lab.page.evaluate(STATE, cell)["count"]
    lab.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content").click()
    lab.page.keyboard.press("Shift+Enter")
    lab.page.wait_for_function(IS_DONE, arg=[cell, before], timeout=browser.PATIENCE)
    return list(lab.page.evaluate(STATE, cell)["outputs"])


def type_into(lab: browser.Lab, cell: str, text: str) -> None:
    """Replace a cell's text key by key, as typed: the editor's own indentation is put right."""
    lab.page.evaluate(ACTIVATE, cell)
    lab.page.locator(".jp-Notebook .jp-Cell.jp-mod-active .cm-content").click()
    lab.page.keyboard.press("ControlOrMeta+a")
    lab.page.keyboard.press("Delete")
    for number, line in enumerate(text.splitlines()):
        if number:
            lab.page.keyboard.press("Enter")
            lab.page.keyboard.press("Shift+Home")
            lab.page.keyboard.press("Delete")
        lab.page.keyboard.type(line)


def errors(outputs: list[dict[str, Any]]) -> list[str]:
    return [output["ename"] for output in outputs if output["output_type"] == "error"]


def test_a_typed_answer_turns_its_check_from_failed_to_passed(lab: browser.Lab) -> None:
    exercise = first()
    lab.open(OWN)
    lab.page.evaluate(ACTIVATE, exercise.name)
    lab.page.evaluate(RUN_ABOVE)
    run_by_keyboard(lab, exercise.name)
    assert errors(run_by_keyboard(lab, f"{exercise.name}_check")) == ["AssertionError"]
    photograph(lab, "check-failed")
    type_into(lab, exercise.name, exercise.reference)
    assert errors(run_by_keyboard(lab, exercise.name)) == []
    assert errors(run_by_keyboard(lab, f"{exercise.name}_check")) == []
    photograph(lab, "check-passed")
    assert (lab.complaints, lab.asked_for) == ([], [])


def test_a_blank_lesson_runs_to_its_end_and_only_its_checks_fail(
    lab: browser.Lab, folder: Path
) -> None:
    lab.open(OWN)
    lab.page.evaluate(RUN_EACH)
    cells = nbformat.read(folder / OWN, as_version=4).cells
    failed = {cell.id for cell in cells if errors(cell.get("outputs", []))}
    assert failed == {cell.id for cell in cells if is_check(cell)} - {"quiz_check"}
    assert all(c.execution_count for c in cells if c.cell_type == "code" and c.source.strip())
    assert (lab.complaints, lab.asked_for) == ([], [])


@pytest.mark.parametrize(
    ("made", "said"),
    [(tiny.solved, "Success! Your notebook passes all the tests"), (tiny.released, "failed")],
    ids=["solved", "blank"],
)
def test_validate_says_what_would_fail(
    made: Any, said: str, lab: browser.Lab, folder: Path
) -> None:
    own = folder / "work" / tiny.LESSON / tiny.NOTEBOOK
    tiny.write(made(), own)
    lab.open(own.relative_to(folder).as_posix())
    lab.page.get_by_role("button", name="Validate").click()
    dialog = lab.page.locator(".jp-Dialog")
    dialog.get_by_text(said).first.wait_for(timeout=browser.PATIENCE)
    photograph(lab, f"validate-{made.__name__}")
    dialog.get_by_role("button").last.click()
    assert (lab.complaints, lab.asked_for) == ([], [])
