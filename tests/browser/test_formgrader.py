"""An instructor's day in Formgrader, in a real browser: look, autograde, give and release feedback.

With COURSE_SCREENSHOTS=1 in the environment, build/screenshots gets each page.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from course.grading import classroom
from course.grading.sandbox import bubblewrap
from tests.grading import books, tiny
from tests.lessons.contract import ROOT

pytest.importorskip("playwright", reason="playwright drives the browser")
from playwright.sync_api import Locator, Route  # noqa: E402

from tests.browser import lab as browser  # noqa: E402

pytestmark = browser.MARKS
SHOTS = ROOT / "build" / "screenshots"
PATIENCE = 60_000  # ms for one submission to be graded
SANDBOXED = bubblewrap.why_not() is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ada is graded already; ben has handed in."""
    folder = tiny.make_course(tmp_path_factory.mktemp("formgrader"), ["ada", "ben"])
    (folder / "exchange").mkdir(mode=0o777)
    with (folder / classroom.CONFIG).open("a", encoding="utf-8") as config:
        config.write(f"c.Exchange.root = {str(folder / 'exchange')!r}\n")
        config.write(f"c.CollectedExecute.sandboxed = {SANDBOXED}\n")
    for student, made in (("ada", tiny.solved()), ("ben", tiny.released())):
        tiny.write(made, folder / "submitted" / student / tiny.LESSON / tiny.NOTEBOOK)
        # As `nbgrader submit` writes them; without both, nbgrader releases no feedback.
        for name, text in (
            ("timestamp.txt", "2027-02-15 20:00:00.000000 UTC"),
            ("submission_secret.txt", f"secret of {student}"),
        ):
            tiny.write(text, folder / "submitted" / student / tiny.LESSON / name)
    options = classroom.Options(jobs=1, sandboxed=SANDBOXED)
    classroom.grade(tiny.LESSON, folder, only="ada", options=options)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[browser.Server]:
    with browser.jupyterlab(folder) as server:
        yield server


@pytest.fixture(scope="module")
def desk(server: browser.Server) -> Iterator[Desk]:
    desk = Desk(server)
    yield desk
    desk.page.close()


def is_outside(url: str) -> bool:
    return urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname != "127.0.0.1"


class Desk:
    """Formgrader in a browser tab of its own."""

    def __init__(self, server: browser.Server) -> None:
        self.served = urlsplit(server.url)
        self.page = server.browser.new_page(viewport=browser.WINDOW, reduced_motion="reduce")
        self.asked_for: list[str] = []
        self.page.route(is_outside, self._refuse)
        self.page.set_default_timeout(PATIENCE)
        self.page.goto(server.url)  # logs in; Formgrader's own pages only read the token

    def _refuse(self, route: Route) -> None:
        self.asked_for.append(route.request.url)
        route.abort()

    def open(self, path: str) -> None:
        self.page.goto(f"http://{self.served.netloc}/formgrader/{path}")

    def row(self, student: str) -> Locator:
        cell = self.page.locator("td.student-id", has_text=student)
        return self.page.locator("#main-table tr", has=cell)

    def press(self, student: str, button: str, said: str) -> None:
        """Click on a student's button, wait for the message and close it."""
        self.row(student).locator(f"td.{button} a").click()
        self.page.locator(".modal.in").get_by_text(said).wait_for()
        self.photograph(f"formgrader-{button}")
        self.page.locator(".modal.in button", has_text="OK").click()
        self.page.locator(".modal.in").wait_for(state="detached")

    def photograph(self, name: str) -> None:
        if "COURSE_SCREENSHOTS" in os.environ:
            SHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SHOTS / f"{name}.png")


def test_the_list_tells_the_graded_from_the_others(desk: Desk) -> None:
    desk.open(f"manage_submissions/{tiny.LESSON}")
    desk.row("ada").get_by_text("graded", exact=True).wait_for()
    assert desk.row("ada").locator("td.score").inner_text() == "6 / 6"
    assert desk.row("ben").locator("td.status").inner_text() == "needs autograding"
    desk.photograph("formgrader-list")
    assert desk.asked_for == []


def test_a_graded_submission_opens_with_code_tests_and_points(desk: Desk) -> None:
    desk.open(f"manage_students/ada/{tiny.LESSON}")
    desk.page.locator("#main-table a", has_text="tiny").click()
    desk.page.get_by_text("secret_input = 1234").wait_for()
    assert desk.page.locator("input.score").count() == 3
    desk.photograph("formgrader-submission")
    # nbconvert's page asks for MathJax, which no lesson uses; refused here, all else works.
    assert not [url for url in desk.asked_for if "/mathjax/" not in url]


def test_autograde_for_one_student_writes_the_score(desk: Desk, folder: Path) -> None:
    desk.open(f"manage_submissions/{tiny.LESSON}")
    desk.press("ben", "autograde", "Successfully autograded")
    desk.row("ben").locator("td.score", has_text="0 / 6").wait_for()
    with closing(books.gradebook(folder)) as book:
        assert book.find_submission(tiny.LESSON, "ben").score == 0


def test_feedback_is_written_and_reaches_the_exchange(desk: Desk, folder: Path) -> None:
    desk.open(f"manage_submissions/{tiny.LESSON}")
    desk.press("ada", "generate-feedback", "Successfully generated feedback")
    desk.press("ada", "release-feedback", "Successfully released feedback")
    released = list((folder / "exchange").glob("*/feedback/*.html"))
    assert len(released) == 1
    assert "secret_input" not in released[0].read_text(encoding="utf-8")
