"""What the documents show is what happens: queries are run, commands and links exist."""

from __future__ import annotations

import dataclasses
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from course import cli, insights
from course.insights.expressions import FUNCTIONS, SUMMARIES
from tests.insights.vocabulary import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# Commands that no test of the pages runs, each with the reason; the others are run here.
NOT_RUN = {
    "make lab": "serves until it is stopped; tests/browser opens it",
    "make test": "runs this test",
    "make demo": "grades a class; tests/grading does",
    "make student": "builds a wheel; tests/tools/test_student.py does",
    "make bench": "takes minutes; tests/tools/test_bench.py runs its parts",
    "course check": "grades a notebook; tests/study/test_self_grading.py does",
    "course hint": "needs a reader's own notebook; tests/study do",
    "course solution": "needs an attempt; tests/study do",
    "course progress": "reads a reader's own record; tests/study do",
    "course new": "copies a lesson into work/; tests/study/test_copies.py does",
    "course doctor": "says what this machine lacks; tests/study/test_doctor.py does",
    "course exam": "asks; tests/study/test_exam_terminal.py answers",
    "course review": "asks; tests/study/test_exam_terminal.py answers",
    "course grade": "grades a class; tests/grading does",
}
BLOCK = re.compile(r"^```(?:sh|bash)\n(.*?)^```", re.S | re.M)
SHOWN = re.compile(r"```sh\n(course insights .*?)```\s+```\n(.*?)```", re.S)
EXAMPLES = [pair for page in PAGES for pair in SHOWN.findall(page.read_text(encoding="utf-8"))]
REFERENCE = (ROOT / "docs" / "insights.md").read_text(encoding="utf-8")
CODE = re.compile(r"```python\n(.*?)```(?:\s+```\n(.*?)```)?", re.S)
OLD_NAMES = {"head", "order"}
EVERY_FUNCTION = [*FUNCTIONS.values(), *SUMMARIES.values()]
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)


def words(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_there_is_something_to_run() -> None:
    assert EXAMPLES


@pytest.mark.parametrize(("command", "output"), EXAMPLES)
def test_a_query_gives_what_is_printed_below_it(
    command: str, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out == output


@every_page
def test_python_runs_and_prints_what_stands_below_it(
    page: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}  # the blocks of a page are one session
    for code, printed in CODE.findall(words(page)):
        exec(compile(code, page.name, "exec"), names)
        assert capsys.readouterr().out == printed, code


@every_page
def test_a_command_is_run_or_named_with_the_reason_why_not(page: Path) -> None:
    run = {command for command, _ in SHOWN.findall(words(page))}
    lines = [
        line
        for block in BLOCK.findall(words(page))
        if block not in run
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip() and not line.startswith((" ", "#"))
    ]
    kinds = {" ".join(line.split()[:2]) for line in lines}
    assert kinds <= set(NOT_RUN), f"{page.name}: run it, or say in NOT_RUN why not"


@pytest.mark.parametrize("command", COMMANDS)
def test_the_reference_introduces_every_command(command: str) -> None:
    bold = re.findall(r"\*\*`(\w+)`\*\*", REFERENCE)
    assert [name.lower() for name in bold].count(command) == 1


@pytest.mark.parametrize("command", sorted({*COMMANDS} - OLD_NAMES))
def test_the_reference_shows_every_command_at_work(command: str) -> None:
    shown = [text for text, _ in [*SHOWN.findall(REFERENCE), *CODE.findall(REFERENCE)]]
    assert re.search(rf"(?:^\s*|\| |['\"(]){command}\b", "\n".join(shown), re.I | re.M)


@pytest.mark.parametrize("function", EVERY_FUNCTION, ids=lambda f: f.name)
def test_the_reference_describes_every_function_as_the_table_does(function: Any) -> None:
    row = f"| `{function.example}` | {function.about} |"
    assert REFERENCE.count(f"\n{row}") == 1, f"docs/insights.md lacks the row: {row}"


@pytest.mark.parametrize("function", EVERY_FUNCTION, ids=lambda f: f.name)
def test_the_example_of_a_function_is_a_valid_call_of_it(function: Any) -> None:
    assert function.example.startswith(f"{function.name}(")
    stage = "stats" if function.name.lower() in SUMMARIES else "fields"
    assert insights.explain(f"{stage} {function.example} as answer")


def test_the_reference_has_no_row_of_a_function_that_does_not_exist() -> None:
    rows = re.findall(r"^\| `(\w+)\([^|]*\)` \|", REFERENCE, re.M)
    assert {row.lower() for row in rows} == {*FUNCTIONS, *SUMMARIES}


def test_the_reference_names_every_switch() -> None:
    switches = re.findall(r"^\|.*\| `(\w+)` \|$", REFERENCE, re.M)
    assert sorted(switches) == sorted(f.name for f in dataclasses.fields(insights.Options))


@every_page
def test_every_make_target_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", words(ROOT / "Makefile"), re.M))
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", words(page), re.M)) <= targets


@every_page
def test_every_course_command_exists(page: Path) -> None:
    named = re.findall(r"^course ([a-z]+)|`course ([a-z]+)", words(page), re.M)
    assert {a or b for a, b in named} <= set(cli.COMMANDS)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", words(page))
    inner = [link for link in links if not link.startswith("http")]
    assert not [link for link in inner if not (page.parent / link).exists()]


@every_page
def test_links_within_a_page_lead_to_its_headings(page: Path) -> None:
    text = words(page)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    places = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    places |= set(re.findall(r'<a id="([^"]+)">', text))
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= places


def test_the_first_screen_has_a_sentence_a_query_and_the_commands() -> None:
    first = words(ROOT / "README.md").splitlines()[:42]
    text = "\n".join(first)
    for part in ("course insights", "make lab", "make test", "make demo"):
        assert part in text
