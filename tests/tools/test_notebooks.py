"""The builder: what it makes is the same every time, and what nbgrader would leak it refuses."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import nbformat
import pytest

from tools import expand, lesson, notebooks, pull
from tools.lesson import LessonError

ROOT = notebooks.ROOT
BROKEN = tomllib.loads((Path(__file__).parent / "broken_lessons.toml").read_text())
GOOD = """\
# %% [markdown] facts="F1.1-01"
# # A lesson

# %% fixed="setup"
import json

# %% answer="slowest"
def slowest():
    \"\"\"The slowest one.\"\"\"
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION


# %% check="slowest" points=2 skills="4.1.S3" tests="F1.1-01"
assert slowest() is not None, "Nothing came back."
### BEGIN HIDDEN TESTS
assert slowest() == 1, "Not one."
### END HIDDEN TESTS

# %% [markdown] quiz="quiz.toml" points=1
# ## Quiz
"""
QUIZ = """\
[[question]]
id = "which_one"
stem = "Which one?"
key = "B"
options = { A = "one", B = "two", C = "three", D = "four" }
rationales = { A = "why one", B = "why two", C = "why three", D = "why four" }
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small course with one lesson."""
    folder = tmp_path / "lessons" / "01_topic"
    folder.mkdir(parents=True)
    (folder / "topic.py").write_text(GOOD)
    (folder / "quiz.toml").write_text(QUIZ)
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    return tmp_path


def lesson_text(root: Path, text: str) -> None:
    (root / "lessons" / "01_topic" / "topic.py").write_text(text)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_lesson_is_refused_in_one_line(name: str, root: Path) -> None:
    lesson_text(root, BROKEN[name]["text"].lstrip("\n"))
    with pytest.raises(LessonError) as refusal:
        notebooks.build(root)
    message = str(refusal.value)
    assert "\n" not in message
    for part in ["01_topic", *BROKEN[name]["says"]]:
        assert part in message, message


def test_two_builds_give_the_same_bytes(root: Path) -> None:
    assert notebooks.build(root) == notebooks.build(root)


def test_the_committed_notebooks_equal_a_fresh_build() -> None:
    assert notebooks.differences(notebooks.build(ROOT), ROOT) == []


def test_the_check_names_what_is_stale_missing_or_foreign(root: Path) -> None:
    texts = notebooks.build(root)
    notebooks.write(texts, root)
    assert notebooks.differences(texts, root) == []
    (root / "source/01_topic/topic.ipynb").write_text("{}")
    (root / "release/01_topic/topic.ipynb").unlink()
    (root / "source/01_topic/answers.txt").write_text("leak")
    said = "\n".join(notebooks.differences(texts, root))
    assert "source/01_topic/topic.ipynb: differs from a fresh build" in said
    assert "release/01_topic/topic.ipynb: missing" in said
    assert "source/01_topic/answers.txt: no lesson makes it" in said


def test_cells_carry_nbgrader_schema_3_and_speaking_ids(root: Path) -> None:
    made = nbformat.reads(notebooks.build(root)["source/01_topic/topic.ipynb"], as_version=4)
    ids = [cell.id for cell in made.cells]
    assert ids[:4] == ["cell-01", "setup", "slowest", "slowest_check"]
    assert ids[-2:] == ["quiz", "quiz_check"]
    by_id = {cell.id: cell.metadata.get("nbgrader", {}) for cell in made.cells}
    assert by_id["cell-01"] == {}
    assert by_id["setup"]["locked"] and not by_id["setup"]["grade"]
    assert by_id["slowest"]["solution"] and not by_id["slowest"]["locked"]
    assert by_id["slowest_check"]["grade"] and by_id["slowest_check"]["points"] == 2
    assert {m["schema_version"] for m in by_id.values() if m} == {3}


def test_facts_never_leave_the_lesson(root: Path) -> None:
    assert not [n for n, t in notebooks.build(root).items() if "F1.1-01" in t]


def test_the_release_holds_neither_solution_nor_hidden_test_nor_quiz_key(root: Path) -> None:
    release = notebooks.build(root)["release/01_topic/topic.ipynb"]
    for secret in ("return 1", "Not one.", "why two", "BEGIN SOLUTION", "HIDDEN TESTS"):
        assert secret not in release
    assert "Nothing came back." in release and "Which one?" in release


def test_a_source_with_output_is_not_overwritten(root: Path) -> None:
    notebooks.write(notebooks.build(root), root)
    path = root / "source/01_topic/topic.ipynb"
    made = json.loads(path.read_text())
    made["cells"][1]["execution_count"] = 3
    path.write_text(json.dumps(made))
    with pytest.raises(LessonError, match=r"cell 2 \(setup\): has output; .*pull source/01_topic"):
        notebooks.refuse_outputs(root)


def test_pulling_an_unedited_notebook_changes_nothing(root: Path) -> None:
    notebooks.write(notebooks.build(root), root)
    pull.into_lesson(root / "source/01_topic/topic.ipynb", root)
    assert (root / "lessons/01_topic/topic.py").read_text() == GOOD


@pytest.mark.parametrize("path", lesson.lesson_files(ROOT), ids=lambda p: p.stem)
def test_every_lesson_survives_a_pull_unchanged(path: Path) -> None:
    name = path.relative_to(ROOT).as_posix()
    made = expand.notebook(lesson.read(path, ROOT), path.parent)
    merged = pull.merge(made, lesson.read(path, ROOT), path.parent)
    assert pull.to_text(merged) == path.read_text(), f"{name}: pull would rewrite it"


def test_pull_takes_edits_over_and_keeps_facts_and_quiz(root: Path) -> None:
    notebooks.write(notebooks.build(root), root)
    path = root / "source/01_topic/topic.ipynb"
    edited = nbformat.read(path, as_version=4)
    edited.cells[0].source = "# A better title"
    edited.cells[1].outputs = [nbformat.v4.new_output("stream", text="ran")]
    edited.cells.insert(1, nbformat.v4.new_markdown_cell("New prose."))
    nbformat.write(edited, path)
    pull.into_lesson(path, root)
    text = (root / "lessons/01_topic/topic.py").read_text()
    assert text.startswith('# %% [markdown] facts="F1.1-01"\n# # A better title\n')
    assert '# %% check="slowest" points=2 skills="4.1.S3" tests="F1.1-01"\n' in text
    assert "# New prose." in text and "ran" not in text
    assert text.count('quiz="quiz.toml"') == 1 and "which_one" not in text


def test_pull_refuses_an_edited_quiz_cell(root: Path) -> None:
    notebooks.write(notebooks.build(root), root)
    path = root / "source/01_topic/topic.ipynb"
    edited = nbformat.read(path, as_version=4)
    next(cell for cell in edited.cells if cell.id == "quiz").source += "\n# edited"
    nbformat.write(edited, path)
    with pytest.raises(LessonError, match="made from quiz.toml; edit that file"):
        pull.into_lesson(path, root)
    assert (root / "lessons/01_topic/topic.py").read_text() == GOOD


@pytest.mark.parametrize(
    ("content", "says"), [(None, "no such notebook"), ("not json", "not JSON")]
)
def test_pull_refuses_what_is_no_notebook(root: Path, content: str | None, says: str) -> None:
    path = root / "source/01_topic/topic.ipynb"
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_text(content)
    with pytest.raises(LessonError, match=says):
        pull.into_lesson(path, root)


def test_the_command_ends_with_one_line_and_status_1(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert notebooks.main(["pull", str(tmp_path / "nowhere.ipynb")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
