"""docs/coverage.md: read from the lessons' text, up to date, and honest about what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import coverage, coverage_page
from tools.lesson import LessonError

LESSON = """\
# %% [markdown]
# # 01 Tiny: a start
#
# Exam skills: 4.1.2 to 4.1.4, 4.3.9.

# %% [markdown] facts="F1.1-01 F1.1-02"
# ## 1.1 Metrics
#
# Prose.
#
# ```python
# # no heading
# ```

# %% [markdown]
# ### Exercise 1.1: count (2 points)

# %% answer="count"
### BEGIN SOLUTION
one = 1
### END SOLUTION

# %% check="count" points=2 skills="4.1.S3" tests="F1.1-01"
### BEGIN HIDDEN TESTS
### END HIDDEN TESTS

# %% [markdown] facts="F1.1-03 F0-01"
# > **Exam answer / Today.** Another.
"""
FACTS = """\
id\tsection\tclaim\tverdict\ttoday\tsource
F0-01\t0\tIt weighs 18 percent\ttrue\t\tx
F1.1-01\t1.1\tA|B < C\ttrue\t\tx
F1.1-02\t1.1\tA second\twrong\tnot so\tx
F1.1-03\t1.1\tA third\toutdated\tno more\tx
F2-01\t2\tUntaught\ttrue\t\tx
"""
QUIZ = '[[question]]\nid = "ask"\nskills = ["4.1.3"]\nfacts = ["F1.1-03"]\n'
ITEMS = '[[item]]\nid = "{}"\nskills = ["4.1.S3"]\nfacts = ["F1.1-03"]\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course of one lesson, with a quiz and two items."""
    folder = tmp_path / "lessons"
    (folder / "01_tiny").mkdir(parents=True)
    (folder / "items").mkdir()
    (folder / "01_tiny" / "tiny.py").write_text(LESSON)
    (folder / "01_tiny" / "quiz.toml").write_text(QUIZ)
    (folder / "items" / "01_tiny.toml").write_text(ITEMS.format("one") + ITEMS.format("two"))
    (folder / "facts.tsv").write_text(FACTS)
    return tmp_path


def page(root: Path) -> list[str]:
    return coverage_page.text(coverage.read(root)).splitlines()


def test_a_row_says_where_a_fact_is_taught_and_what_tests_it(root: Path) -> None:
    start = page(root).index("### Section 1.1: Metrics")
    assert page(root)[start + 4 : start + 7] == [
        "| F1.1-01 | A\\|B &lt; C | true | 1.1 Metrics | Exercise 1.1 |",
        "| F1.1-02 | A second | wrong, **not called out** | 1.1 Metrics |  |",
        "| F1.1-03 | A third | outdated, called out | after Exercise 1.1 "
        "| quiz `ask`; item `one`, `two` |",
    ]


def test_facts_that_no_lesson_has_yet_or_another_one_teaches(root: Path) -> None:
    assert "| F2-01 | Untaught | true | **nowhere** |  |" in page(root)
    assert page(root)[-1] == "| F0-01 | It weighs 18 percent | true | 01: after Exercise 1.1 |  |"


def test_the_numbers_add_up(root: Path) -> None:
    rows = [line for line in page(root) if line.startswith(("| [01", "| 02", "| The", "| **all"))]
    assert rows == [
        "| [01 Tiny](../source/01_tiny) | 3 | 3 | 1 of 2 | 2 | 1 | 1 | 2 |",
        "| 02 | 1 | 0 | 0 of 0 | 0 | 0 | 0 | 0 |",
        "| The exam as a whole | 1 | 1 | 0 of 0 | 0 | 0 | 0 | 0 |",
        "| **all** | 5 | 4 | 1 of 2 | 2 | 1 | 1 | 2 |",
    ]


def test_a_skill_names_its_exercises_and_questions(root: Path) -> None:
    assert "| [4.1.3 query logs](#413-query-logs) | 01 | 1 | 1 | 2 |" in page(root)
    start = page(root).index("### 4.1.3 query logs")
    assert page(root)[start + 2 : start + 5] == [
        "- Exercises: Exercise 1.1 (count)",
        "- Quiz: 01: `ask`",
        "- Items: 01: `one`, `two`",
    ]
    start = page(root).index("### 4.3.2 profiling")
    assert page(root)[start + 2] == "- Exercises: **nowhere**"


def test_a_lesson_lists_its_exercises(root: Path) -> None:
    assert "| Exercise 1.1 | count | 2 | 4.1.3 | F1.1-01 |" in page(root)


def test_the_first_cell_promises_skills(root: Path) -> None:
    [lesson] = coverage.read(root).lessons
    assert lesson.skills == ("4.1.S2", "4.1.S3", "4.1.S4", "4.3.S9")


def test_an_exercise_without_a_heading_is_refused(root: Path) -> None:
    path = root / "lessons" / "01_tiny" / "tiny.py"
    path.write_text(LESSON.replace(" (2 points)", ""))
    with pytest.raises(LessonError, match="a check below no heading with points"):
        coverage.read(root)


def test_it_is_written_and_checked(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(coverage_page, "ROOT", root)
    monkeypatch.setattr(coverage_page, "PAGE", root / "coverage.md")
    assert coverage_page.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/coverage.md is not up to date: run make build\n"
    assert coverage_page.main([]) == 0 and coverage_page.main(["--check"]) == 0


def test_what_is_committed_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage_page.main(["--check"]) == 0, capsys.readouterr().err
