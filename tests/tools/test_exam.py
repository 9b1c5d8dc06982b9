"""The exam's generated parts: questions without keys, and cells that keep them hidden."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from course.study import items
from tests.lessons import contract
from tests.lessons.contract import Exercise
from tests.study import sample_bank
from tests.study.test_exam_terminal import write_bank
from tools import exam as tool
from tools import expand, lesson, pull, release
from tools.lesson import LessonError

ROOT = tool.ROOT
TEXT = """\
# %% [markdown]
# # The exam

# %% [markdown] exam="../items" points=20
# ## Mock exam (20 points)
"""
BANK = sample_bank.bank()
HELD = ("id", "section", "skills", "stem", "evidence", "options", "choose")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with a bank and one lesson; the package's questions are that bank's."""
    monkeypatch.setattr(items, "packaged", lambda: BANK.questions)
    write_bank(tmp_path)
    put_lesson(tmp_path, TEXT)
    return tmp_path


def put_lesson(root: Path, text: str) -> Path:
    path = root / "lessons" / "11_tiny" / "tiny.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def built(root: Path) -> nbformat.NotebookNode:
    path = root / "lessons" / "11_tiny" / "tiny.py"
    return expand.notebook(lesson.read(path, root), path.parent)


def released(root: Path) -> nbformat.NotebookNode:
    path = root / "source" / "11_tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(expand.text(built(root)))
    made = release.generate(root / "source", ROOT)["11_tiny/tiny.ipynb"]
    return nbformat.reads(made, as_version=4)


def exercise(root: Path) -> Exercise:
    sources = {cell.id: cell.source for cell in built(root).cells}
    blanks = {cell.id: cell.source for cell in released(root).cells}
    parts = (sources["exam"], blanks["exam"], sources["exam_check"])
    return Exercise("11_tiny", "exam", 20, (), *parts)


def test_one_cell_becomes_text_answer_look_and_check(root: Path) -> None:
    cells = built(root).cells
    assert [c.cell_type for c in cells] == ["markdown", "markdown", "code", "code", "code"]
    assert [c.id for c in cells if "nbgrader" in c.metadata] == ["exam", "exam_check"]
    assert cells[-1].metadata.nbgrader["points"] == 20
    assert expand.text(built(root)) == expand.text(built(root))


def test_the_release_holds_no_key_and_no_reason(root: Path) -> None:
    text = "\n".join(cell.source for cell in released(root).cells)
    assert "why a case_001" in "\n".join(cell.source for cell in built(root).cells)
    assert "why " not in text and "case_" not in text and "reference" not in text


def test_blank_and_reference_keep_the_contract(root: Path) -> None:
    given = exercise(root)
    blank = contract.run(given, given.blank)
    assert blank.points == 0 and blank.message.startswith("student is empty")
    best = contract.run(given, given.reference)
    assert (best.points, best.message) == (20, "")
    assert "Raw score: 20 of 20" in best.printed


def test_another_students_answers_are_refused(root: Path) -> None:
    given = exercise(root)
    copied = contract.run(given, given.reference.replace('"reference"', '"bob"'))
    assert copied.points == 0 and "is not in the form of 'bob'" in copied.message


def test_pull_folds_the_cells_again_and_refuses_edits(root: Path) -> None:
    released(root)
    notebook = root / "source" / "11_tiny" / "tiny.ipynb"
    path = pull.into_lesson(notebook, root)
    assert path.read_text().count('exam="../items"') == 1
    assert "exam_sheet" not in path.read_text()
    edited = nbformat.read(notebook, as_version=4)
    next(cell for cell in edited.cells if cell.id == "exam").source += "\n# edited"
    nbformat.write(edited, notebook)
    with pytest.raises(LessonError, match="made from ../items; edit that file"):
        pull.into_lesson(notebook, root)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("points=20", "points=12", "12 points for a short form"),
        ("../items", "../nothing", "a short form needs 20 questions, found 0"),
        (" points=20", "", "'exam' needs points"),
        ("[markdown] exam", "exam", "belongs on a markdown cell"),
    ],
)
def test_a_cell_that_makes_no_exam_is_refused(root: Path, old: str, new: str, says: str) -> None:
    put_lesson(root, TEXT.replace(old, new))
    with pytest.raises(LessonError, match=says):
        built(root)


def test_the_questions_of_a_package_tell_no_key() -> None:
    text = items.without_keys(BANK.questions)
    assert "why " not in text and "holds." not in text and "a guide" not in text
    assert all(tuple(row) == HELD for row in json.loads(text))


def test_the_packages_questions_are_the_banks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(items, "PACKAGED", ROOT / "build" / "absent.json")
    assert tool.main(["--check"]) == 1
    assert capsys.readouterr().err == "build/absent.json is not up to date: run make build\n"
    monkeypatch.setattr(items, "PACKAGED", tmp_path / "questions.json")
    assert tool.main([]) == 0 and tool.main(["--check"]) == 0
    items.packaged.cache_clear()
    assert items.packaged() == items.read(ROOT / items.FOLDER).questions
    items.packaged.cache_clear()


def test_what_is_committed_is_up_to_date() -> None:
    assert tool.main(["--check"]) == 0
