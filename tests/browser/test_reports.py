"""The pages that grading leaves, opened in a browser as files: a student's own, and a class's.

With COURSE_SCREENSHOTS=1 in the environment, build/screenshots gets each page.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from course.grading import classroom, pages
from course.grading.sandbox import bubblewrap
from course.study import self_grading
from tests.lessons.contract import ROOT
from tools import demo

pytest.importorskip("playwright", reason="playwright drives the browser")
from playwright.sync_api import Browser, Page  # noqa: E402

from tests.browser import lab as browser  # noqa: E402

pytestmark = [
    *browser.MARKS,
    # nbgrader fills its tables in an order that SQLAlchemy 2 remarks upon.
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]
SHOTS = ROOT / "build" / "screenshots"
NARROW = 800  # pixels: half of a laptop's screen
# What reaches beyond the page's width, unless something around it scrolls.
CUT = """() => [...document.querySelectorAll('body *')].filter(one => {
  if (one.getBoundingClientRect().right <= document.documentElement.clientWidth + 1) return false;
  for (let box = one; box; box = box.parentElement)
    if (getComputedStyle(box).overflowX !== 'visible') return false;
  return true;
}).map(one => one.outerHTML.slice(0, 120))"""
WITHOUT = """() => [...document.images].filter(
  one => !one.alt.trim() || !one.complete || !one.naturalWidth
).map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lesson 01 graded: for a student alone, and for a class of two."""
    folder, lesson = tmp_path_factory.mktemp("reports"), demo.read()
    for step in ("source", "release"):
        shutil.copytree(ROOT / step / lesson.name, folder / step / lesson.name)
    shutil.copytree(ROOT / "lessons" / lesson.name, folder / "lessons" / lesson.name)
    shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    (folder / "students.csv").write_text("id\ncleo\ndan\n")
    handed_in = {"submitted/cleo": demo.cleo, "submitted/dan": demo.dan, "work": demo.dan}
    for where, answers in handed_in.items():
        path = folder / where / lesson.name / lesson.notebook
        path.parent.mkdir(parents=True)
        nbformat.write(answers(lesson), path)
    self_grading.check("01", folder)
    options = classroom.Options(sandboxed=bubblewrap.why_not() is None)
    pages.write(classroom.grade(lesson.name, folder, options=options), folder)
    return folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as started:
        yield started


def opened(chromium: Browser, path: Path) -> tuple[Page, list[str]]:
    """The page, and what it said and asked for that it should not."""
    page, trouble = chromium.new_page(viewport=browser.WINDOW), list[str]()
    page.on("console", lambda m: trouble.append(m.text) if m.type == "error" else None)
    page.on(
        "request", lambda r: None if r.url.startswith(("file:", "data:")) else trouble.append(r.url)
    )
    page.goto(path.as_uri())
    if "COURSE_SCREENSHOTS" in os.environ:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"page-{path.stem}.png", full_page=True)
    return page, trouble


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("work/reports/01_cloudwatch.html", "slowest_invocations"),
        ("build/grading/01_cloudwatch/report.html", "dan"),
        ("build/grading/01_cloudwatch/similarity.html", "No pair."),
        ("feedback/cleo/01_cloudwatch/cloudwatch.html", "comment on slowest_invocations"),
    ],
)
def test_a_page_is_whole_and_fetches_nothing(
    course: Path, chromium: Browser, where: str, says: str
) -> None:
    page, trouble = opened(chromium, course / where)
    assert says in page.inner_text("body")
    assert page.evaluate(WITHOUT) == [], "an image without an alternative text, or a broken one"
    assert page.evaluate(CUT) == []
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert page.evaluate(CUT) == [], f"at {NARROW} pixels"
    assert trouble == []
    page.close()
