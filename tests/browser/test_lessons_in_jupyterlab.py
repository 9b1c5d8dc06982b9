"""Each lesson, opened and run in a real browser as a student would.

With COURSE_SCREENSHOTS=1 in the environment, build/screenshots gets the whole of each notebook.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.lessons.contract import ROOT

pytest.importorskip("playwright", reason="playwright drives the browser")
from tests.browser import lab as browser  # noqa: E402

pytestmark = browser.MARKS
LESSONS = sorted((ROOT / "release").glob("*/*.ipynb"))
SHOTS = ROOT / "build" / "screenshots"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "release", folder / "release")
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[browser.Server]:
    with browser.jupyterlab(folder) as server:
        yield server


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
    lab.page.set_viewport_size(browser.TALL)
    panel = lab.page.locator(".jp-WindowedPanel-outer").first
    height = panel.evaluate("p => p.scrollHeight")
    step = panel.evaluate("p => p.clientHeight") - 100
    for number, top in enumerate(range(0, height, step)):
        panel.evaluate("(p, top) => { p.scrollTop = top }", top)
        lab.page.wait_for_timeout(400)  # lets JupyterLab draw what came into view
        lab.page.screenshot(path=SHOTS / f"{name}-{number:02d}.png")


@pytest.mark.parametrize("release", LESSONS, ids=lambda p: p.stem)
def test_the_release_runs_top_to_bottom_with_the_answers_in(
    release: Path, folder: Path, server: browser.Server
) -> None:
    own = folder / "work" / release.relative_to(ROOT / "release")
    own.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(with_reference_answers(release), own)
    with server.lab() as lab:
        lab.open(own.relative_to(folder).as_posix())
        lab.run_all()
        if "COURSE_SCREENSHOTS" in os.environ:
            photograph(lab, release.stem)
        assert lab.asked_for == [], "the page fetched something from beyond this machine"
        assert lab.complaints == []
    failed = [
        (i, o["ename"], o["evalue"]) for i, o in browser.outputs(own) if o["output_type"] == "error"
    ]
    assert failed == []
    assert [o for _, o in browser.outputs(own)], "nothing was run"
