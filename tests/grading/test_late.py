"""Late penalties: their law, and what nbgrader makes of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert import NotebookExporter
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from traitlets import TraitError
from traitlets.config import Config, PyFileConfigLoader

from course.errors import UserError
from course.grading import roster
from course.grading.finished import Finished
from course.grading.late import DAY, LatePolicy
from course.grading.lessons import Lesson, Settings
from tests.grading import books, tiny
from tests.grading.tiny import ROOT

# nbgrader fills its tables in an order that SQLAlchemy 2 remarks upon.
pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")

policies = st.builds(
    LatePolicy,
    policy=st.sampled_from(["none", "cut", "daily"]),
    percent_a_day=st.floats(0, 100),
    floor_percent=st.floats(0, 100),
)
scores = st.floats(0, 1000)
lateness = st.floats(-40 * DAY, 40 * DAY)


def points(policy: LatePolicy, score: float, seconds: float) -> float:
    return policy.penalty(score, seconds) or 0.0


@settings(max_examples=300, deadline=None)
@given(policies, scores, lateness, lateness)
def test_never_more_than_the_score_never_negative_never_less_when_later(
    policy: LatePolicy, score: float, one: float, other: float
) -> None:
    sooner, later = sorted((one, other))
    assert 0 <= points(policy, score, sooner) <= points(policy, score, later) <= score
    assert points(policy, score, min(0, one)) == 0
    if policy.policy == "daily":
        assert score - points(policy, score, later) >= score * policy.floor_percent / 100 - 1e-9


@pytest.mark.parametrize(
    ("days", "lost"),
    [(0, 0), (1 / DAY, 2), (1, 2), (1.01, 4), (3.5, 8), (4, 8), (4.5, 10), (99, 10)],
)
def test_daily(days: float, lost: float) -> None:
    policy = LatePolicy(policy="daily", percent_a_day=10, floor_percent=50)
    assert points(policy, 20, days * DAY) == pytest.approx(lost)


@pytest.mark.parametrize(("policy", "lost"), [("none", 0), ("cut", 20)])
def test_all_or_nothing(policy: str, lost: float) -> None:
    assert points(LatePolicy(policy=policy), 20, 1) == lost


@pytest.mark.parametrize(
    "setting", [{"policy": "daly"}, {"percent_a_day": 101}, {"grace_days": -1}]
)
def test_a_setting_that_cannot_be_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(TraitError):
        LatePolicy(config=Config(LatePolicy=setting))


DUE = datetime(2027, 2, 15, 20)
STUDENTS = """\
id,first_name,extension_days
ann,Ann,
bo,Bo,1.5
"""


class Course:
    """A gradebook with a submission, and nbgrader's step that asks for the penalty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "students.csv").write_text(STUDENTS)
        with books.gradebook(folder) as gradebook:
            gradebook.add_assignment("lesson", duedate=DUE)
            gradebook.add_notebook("one", "lesson")
            gradebook.add_grade_cell("x", "one", "lesson", max_score=10, cell_type="code")
            for student in ("ann", "bo"):
                gradebook.add_student(student)

    def hand_in(self, student: str, at: datetime | None, score: float = 10) -> None:
        with books.gradebook(self.folder) as gradebook:
            gradebook.add_submission("lesson", student, timestamp=at)
            grade = gradebook.find_grade("x", "one", "lesson", student)
            grade.auto_score = score
            gradebook.db.commit()

    def penalty(self, student: str, **policy: Any) -> float:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
        config.CourseDirectory.root = str(self.folder)
        config.LatePolicy = Config(policy)
        converter = Autograde(coursedir=CourseDirectory(config=config), config=config)
        step = AssignLatePenalties(parent=NotebookExporter(parent=converter, config=config))
        url = f"sqlite:///{self.folder / 'gradebook.db'}"
        names = {"notebook": "one", "assignment": "lesson", "student": student, "db_url": url}
        step.preprocess(SimpleNamespace(cells=[]), {"nbgrader": names})
        with books.gradebook(self.folder) as gradebook:
            return float(gradebook.find_submission("lesson", student).late_submission_penalty)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return Course(tmp_path)


def test_what_is_late_costs_by_the_policy(course: Course) -> None:
    course.hand_in("ann", DUE + timedelta(hours=30))
    assert course.penalty("ann") == 0
    assert course.penalty("ann", policy="cut") == 10
    assert course.penalty("ann", policy="daily") == 2
    assert course.penalty("ann", policy="daily", grace_days=1) == 1
    assert course.penalty("ann", policy="cut", grace_days=2) == 0


def test_in_time_or_without_a_time_costs_nothing(course: Course) -> None:
    course.hand_in("ann", DUE)
    course.hand_in("bo", None)
    assert course.penalty("ann", policy="cut") == course.penalty("bo", policy="cut") == 0


def test_an_extension_comes_off_the_lateness(course: Course) -> None:
    course.hand_in("bo", DUE + timedelta(hours=30))
    assert course.penalty("bo", policy="cut") == 0
    (course.folder / "students.csv").write_text("id\nbo\n")
    assert course.penalty("bo", policy="cut") == 10


def test_a_class_without_a_roster_has_no_extensions(course: Course) -> None:
    (course.folder / "students.csv").unlink()
    course.hand_in("ann", DUE + timedelta(hours=1))
    assert course.penalty("ann", policy="daily", percent_a_day=50) == 5


@pytest.mark.parametrize("text", ["two", "-1", "nan", "inf"])
def test_an_extension_is_a_number_of_days(tmp_path: Path, text: str) -> None:
    (tmp_path / "students.csv").write_text(f"id,extension_days\nann,{text}\n")
    why = f"students.csv: extension_days of ann is '{text}', no number from 0 on"
    with pytest.raises(UserError, match=why):
        roster.check(tmp_path)


@pytest.mark.parametrize("change", ["due date", "extension"])
def test_what_changes_a_penalty_makes_a_finished_student_unfinished(
    tmp_path: Path, change: str
) -> None:
    tiny.make_course(tmp_path, ["ann"])
    with books.gradebook(tmp_path) as gradebook:
        gradebook.add_assignment(tiny.LESSON, duedate=DUE)
    lesson = Lesson(tiny.LESSON, tmp_path, Settings())
    Finished(lesson).note("ann", [])
    assert Finished(lesson).holds("ann", [])
    if change == "due date":
        with books.gradebook(tmp_path) as gradebook:
            gradebook.update_or_create_assignment(tiny.LESSON, duedate=DUE + timedelta(days=1))
    else:
        (tmp_path / "students.csv").write_text("id,extension_days\nann,2\n")
    assert not Finished(lesson).holds("ann", [])
