"""Each lesson, opened and run in a real browser as a student would; screenshots in build/."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from tests.lessons.contract import ROOT

pytest.importorskip("playwright", reason="playwright drives the browser")
from tests.browser import lab as browser  # noqa: E402

pytestmark = pytest.mark.skipif(
    browser.CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)"
)
LESSONS = sorted((ROOT / "release").glob("*/*.ipynb"))
SHOTS = ROOT / "build" / "screenshots"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "release", tmp_path / "release")
    return tmp_path


def with_reference_answers(release: Path) -> nbformat.NotebookNode:
    """The students' notebook with the instructor's answers pasted into the answer cells."""
    source = nbformat.read(ROOT / "source" / release.relative_to(ROOT / "release"), as_version=4)
    answers = {
        c.id: c.source for c in source.cells if c.metadata.get("nbgrader", {}).get("solution")
    }
    notebook = nbformat.read(release, as_version=4)
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def photograph(lab: browser.Lab, name: str) -> None:
    """The whole notebook, a screen at a time."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    panel = lab.page.locator(".jp-WindowedPanel-outer").first
    height = panel.evaluate("p => p.scrollHeight")
    step = panel.evaluate("p => p.clientHeight") - 100
    for number, top in enumerate(range(0, height, step)):
        panel.evaluate("(p, top) => { p.scrollTop = top }", top)
        lab.page.wait_for_timeout(400)  # lets JupyterLab draw what came into view
        lab.page.screenshot(path=SHOTS / f"{name}-{number:02d}.png")


@pytest.mark.parametrize("release", LESSONS, ids=lambda p: p.stem)
def test_the_release_runs_top_to_bottom_with_the_answers_in(release: Path, folder: Path) -> None:
    own = folder / "work" / release.relative_to(ROOT / "release")
    own.parent.mkdir(parents=True)
    nbformat.write(with_reference_answers(release), own)
    with browser.jupyterlab(folder) as lab:
        lab.open(own.relative_to(folder).as_posix())
        lab.run_all()
        photograph(lab, release.stem)
        assert lab.asked_for == [], "the page fetched something from beyond this machine"
        assert lab.complaints == []
    failed = [
        (i, o["ename"], o["evalue"]) for i, o in browser.outputs(own) if o["output_type"] == "error"
    ]
    assert failed == []
    assert [o for _, o in browser.outputs(own)], "nothing was run"


@pytest.mark.parametrize("release", LESSONS, ids=lambda p: p.stem)
def test_a_blank_notebook_fails_in_its_checks_alone(release: Path, folder: Path) -> None:
    own = folder / "work" / release.relative_to(ROOT / "release")
    with browser.jupyterlab(folder) as lab:
        lab.open(own.relative_to(folder).as_posix())
        lab.run_all()
    failed = {i for i, o in browser.outputs(own) if o["output_type"] == "error"}
    checks = {c.id for c in nbformat.read(release, as_version=4).cells if c.id.endswith("_check")}
    assert failed == checks - {"quiz_check"}
