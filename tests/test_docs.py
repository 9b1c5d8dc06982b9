"""What the documents show is what happens: queries are run, commands and links exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from course import cli

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = re.compile(r"```sh\n(course insights .*?)```\s+```\n(.*?)```", re.S)
EXAMPLES = [pair for page in PAGES for pair in SHOWN.findall(page.read_text(encoding="utf-8"))]
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


def test_the_first_screen_has_a_sentence_a_query_and_the_commands() -> None:
    first = words(ROOT / "README.md").splitlines()[:42]
    text = "\n".join(first)
    for part in ("course insights", "make lab", "make test", "make demo"):
        assert part in text
