"""check, hint and solution on a notebook, with everything in between real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from course.errors import UserError
from course.show import kernel
from course.study import attempts, judging, records, tutor
from tests.study import studied


@pytest.fixture(scope="module", autouse=True)
def cooled() -> Iterator[None]:
    yield
    judging.cool()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The student's notebook; JupyterLab says that it is this one."""
    path = studied.put(tmp_path / "course")
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.sqlite"))
    return path


def kept() -> list[str]:
    return [each.outcome for each in attempts.Attempts(records.default_path()).all()]


def test_the_four_outcomes(own: Path) -> None:
    assert tutor.check("double").kind == "not attempted"
    studied.answer(own, "def double(n):\n    return n + 1")
    missed = tutor.check("double")
    assert (missed.kind, missed.message) == ("not yet", "look at 5")
    assert "Where to look next: 1.1 Numbers" in str(missed)
    studied.answer(own, "def double(n):\n    return m * n")
    broken = tutor.check("double")
    assert broken.kind == "error" and "define `m` in the answer cell" in str(broken)
    assert "course/" not in str(broken)
    studied.answer(own, "def double(n):\n    return n + n")
    right = tutor.check("double", seed="k7")
    assert (right.kind, right.points) == ("right", 2)
    assert str(right) == "double: right, 2 of 2 points"
    assert kept() == ["not attempted", "not yet", "error", "right"]


def test_without_source_the_visible_tests_run(tmp_path: Path, own: Path) -> None:
    path = studied.put(tmp_path / "student", source=False)
    studied.answer(path, "def double(n):\n    return n + 1")
    seen = tutor.check("double", notebook=path)
    assert seen.kind == "right" and "more are run when your work is graded" in str(seen)
    with pytest.raises(UserError, match="no solution of 'double' here; solutions are in a clone"):
        tutor.solution("double", notebook=path)
    with pytest.raises(UserError, match="no hints for 'double' here"):
        tutor.hint("double", notebook=path)


def test_a_notebook_away_from_its_course(tmp_path: Path, own: Path) -> None:
    path = tmp_path / "elsewhere.ipynb"
    studied.answer(path, "def double(n):\n    return 2 * n")
    assert tutor.check("double", notebook=path).kind == "right"


def test_hints_go_on_and_end_kindly(own: Path) -> None:
    shown = [str(tutor.hint("double")) for _ in range(5)]
    assert ["look at the stub" in shown[0], "think of" in shown[1]] == [True, True]
    assert "begin with return" in shown[2] and shown[3] == shown[4]
    assert "begin with return" in shown[3] and "You have seen this one" in shown[3]
    assert not [page for page in shown if "3" in page or "of 3" in page]


def test_a_solution_opens_after_an_attempt(own: Path) -> None:
    tutor.check("double")
    assert "no attempt yet" in str(tutor.solution("double"))
    assert "2 * n" not in str(tutor.solution("double"))
    studied.answer(own, "def double(n):\n    return 3")
    tutor.check("double")
    page = str(tutor.solution("double"))
    assert "return 2 * n" in page and "Adding is as good." in page and "###" not in page
    assert 'check("double", seed="' in page


def test_records_that_cannot_be_written_stop_nothing(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no folder").write_text("")
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "no folder" / "p.sqlite"))
    assert "This check is not in your progress" in str(tutor.check("double"))
    assert "look at the stub" in str(tutor.hint("double"))
    assert "think of" in str(tutor.hint("double"))


def test_a_cell_that_was_run_and_not_saved(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = "def double(n):\n    return 5"
    monkeypatch.setattr(kernel, "history", lambda: ["", ran, 'check("double")'])
    with pytest.raises(UserError, match="as you ran it is not saved yet"):
        tutor.check("double")
    studied.answer(own, ran)
    assert tutor.check("double").kind == "not yet"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (None, "which notebook is this.*notebook="),
        ("gone.ipynb", "gone.ipynb is not there; if the notebook was renamed"),
    ],
)
def test_a_notebook_that_cannot_be_told(
    told: str | None, says: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME")
    if told:
        monkeypatch.setenv("JPY_SESSION_NAME", told)
    with pytest.raises(UserError, match=says):
        tutor.check("double")


def test_a_name_that_is_no_exercise(own: Path) -> None:
    with pytest.raises(UserError, match="no exercise 'duble' in tiny.ipynb; did you mean 'double'"):
        tutor.check("duble")
