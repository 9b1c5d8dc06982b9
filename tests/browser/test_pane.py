"""The query pane in a real JupyterLab, by keyboard.

With COURSE_SCREENSHOTS=1 in the environment, build/screenshots gets a picture of each tab.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.lessons.contract import ROOT

pytest.importorskip("playwright", reason="playwright drives the browser")
from playwright.sync_api import Page, expect  # noqa: E402

from tests.browser import lab as browser  # noqa: E402

pytestmark = browser.MARKS
CELLS = (
    "from course import account, data, show\n\nlab = account.open(data.load('checkout'))",
    "show.pane()",
)
WAIT = 60_000  # ms for an answer on a busy machine
SHOTS = ROOT / "build" / "screenshots"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[browser.Lab]:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    (tmp_path / "release" / "pane").mkdir(parents=True)  # where `course lab` looks for lessons
    nbformat.write(notebook, tmp_path / "release" / "pane" / "pane.ipynb")
    with browser.jupyterlab(tmp_path) as server, server.lab() as lab:
        lab.open("work/pane/pane.ipynb")
        lab.run_all()
        yield lab


def photograph(page: Page, name: str) -> None:
    if "COURSE_SCREENSHOTS" in os.environ:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.set_viewport_size({"width": 1400, "height": 1500})
        page.screenshot(path=SHOTS / f"{name}.png")


def test_logs_and_traces_are_asked_by_keyboard(lab: browser.Lab) -> None:
    page = lab.page
    page.get_by_label("Log groups").select_option("/aws/apigateway/shop/access")
    page.get_by_label("Time range").first.select_option("Last 12 hours")
    query = page.get_by_label("Query", exact=True)
    query.fill("filter status >= 500 | stat count(*) as n by status")
    query.press("Shift+Enter")
    expect(page.get_by_role("alert")).to_contain_text(
        "Did you mean `stats`?", timeout=browser.PATIENCE
    )
    photograph(page, "pane-mistake")

    query.fill("filter status >= 500\n| stats count(*) as n by resourcePath, status\n| sort n desc")
    query.press("Shift+Enter")
    rows = page.get_by_role("region", name="Rows of the query")
    expect(rows.get_by_role("row").nth(1)).to_contain_text("/search", timeout=WAIT)
    expect(page.get_by_alt_text("Histogram of")).to_be_visible(timeout=WAIT)
    photograph(page, "pane-logs")
    page.get_by_text("The SQL that ran here").click()
    expect(page.get_by_text("stage_1_filter AS")).to_be_visible(timeout=WAIT)

    page.get_by_role("tab", name="X-Ray traces").click()
    page.get_by_label("Time range").last.select_option("Last 12 hours")
    page.get_by_role("button", name="Find traces").press("Enter")
    traces = page.get_by_label("Traces", exact=True)
    expect(traces.get_by_role("option")).not_to_have_count(0, timeout=WAIT)
    traces.focus()
    traces.press("ArrowDown")
    expect(page.get_by_alt_text("Waterfall of")).to_be_visible(timeout=WAIT)
    photograph(page, "pane-traces")
    assert lab.asked_for == []
    assert lab.complaints == []


def test_query_after_query_is_asked_as_typed(lab: browser.Lab) -> None:
    """Two messages for one query, its text and the click, stay in order however fast they come."""
    page = lab.page
    page.get_by_label("Log groups").select_option("/aws/apigateway/shop/access")
    query = page.get_by_label("Query", exact=True)
    for number in range(20):
        query.fill(f"stat{number} count(*)")
        query.press("Shift+Enter")
        expect(page.get_by_role("alert")).to_contain_text(f"stat{number}", timeout=WAIT)
        query.fill(f"stats count(*) as n{number}")
        query.press("Shift+Enter")
        rows = page.get_by_role("region", name="Rows of the query")
        expect(rows.get_by_role("columnheader").first).to_have_text(f"n{number}", timeout=WAIT)
