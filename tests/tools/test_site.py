"""The site: it builds without a warning, asks nothing of the network and gives no answer away."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import nbformat
import pytest

from course.insights.expressions import FUNCTIONS, SUMMARIES
from tests.insights.vocabulary import COMMANDS
from tools import site, site_facts, site_lessons, site_links, site_reference

ROOT = Path(__file__).resolve().parents[2]
RELEASE = ROOT / "release"
SOURCES = sorted((ROOT / "source").glob("*/*.ipynb"))
WITHHELD = re.compile(
    r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END (?:SOLUTION|HIDDEN TESTS)", re.S
)
# Anybody sorts so, and the reference of the language shows it, too.
COMMON = {"| sort @duration desc"}
LONG_ENOUGH = 16  # shorter lines (`return found`) stand in many places
TAG = re.compile(r"<[^>]+>")
BUILD = """\
import sys
from pathlib import Path
from tools import site
sys.exit(site.build(Path(sys.argv[1])))
"""
FETCHED = re.compile(r"<(?:script|link|img|iframe|source|video|audio|embed)\b[^>]*>", re.I)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, built in a folder of its own from the repository's texts."""
    root = tmp_path_factory.mktemp("site")
    site.write_pages(ROOT, root / "build" / "site_pages")
    (root / "mkdocs.yml").write_bytes((ROOT / "mkdocs.yml").read_bytes())
    command = [sys.executable, "-c", BUILD, str(root)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr, done.stderr
    return root / "build" / "site"


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@cache
def withheld(source: Path) -> tuple[str, ...]:
    """The lines of a lesson's answers and hidden tests that no released notebook has."""
    cells = nbformat.read(source, as_version=4).cells
    found = [
        line.strip()
        for c in cells
        for part in WITHHELD.findall(c.source)
        for line in part.splitlines()
    ]
    given = squeezed(
        "\n".join(
            cell.source
            for path in RELEASE.glob("*/*.ipynb")
            for cell in nbformat.read(path, as_version=4).cells
        )
    )
    return tuple(
        line
        for line in dict.fromkeys(found)
        if len(line) >= LONG_ENOUGH and squeezed(line) not in given
    )


def text_of(built: Path) -> str:
    """All words of the site as a reader or its search index has them, without blanks."""
    texts = [
        html.unescape(TAG.sub("", path.read_text(encoding="utf-8")))
        for path in [*built.rglob("*.html"), *built.rglob("search_index.js*")]
    ]
    return squeezed("\n".join(texts))


def test_it_holds_every_lesson_and_document(built: Path) -> None:
    wanted = {f"lessons/{path.parent.name}.html" for path in SOURCES}
    wanted |= {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    made = {path.relative_to(built).as_posix() for path in built.rglob("*.html")}
    assert wanted | {"functions.html", "facts.html", "contributing.html"} <= made


def test_every_check_is_folded_and_no_markup_is_left_over(built: Path) -> None:
    for path in RELEASE.glob("*/*.ipynb"):
        page = (built / "lessons" / f"{path.parent.name}.html").read_text(encoding="utf-8")
        cells = nbformat.read(path, as_version=4).cells
        checks = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade")]
        assert page.count('<details class="abstract">') == len(checks)
        assert not re.search(r"```|^\?\?\?|^!!!", html.unescape(TAG.sub("", page)), re.M)


def test_every_lesson_holds_what_is_withheld() -> None:
    assert all(len(withheld(source)) > 20 for source in SOURCES)


def test_no_answer_and_no_hidden_test_is_in_it(built: Path) -> None:
    words = text_of(built)
    leaked = [(s.stem, line) for s in SOURCES for line in withheld(s) if squeezed(line) in words]
    assert {line for _, line in leaked} <= COMMON


def test_no_reason_of_a_quiz_or_of_the_exam_is_in_it(built: Path) -> None:
    words = text_of(built)
    reasons = [reason for path in (ROOT / "lessons").rglob("*.toml") for reason in why(path)]
    assert len(reasons) > 1000
    assert not [reason for reason in reasons if squeezed(reason) in words]


def why(path: Path) -> list[str]:
    """Rationales of a lesson's quiz, or reasons of the exam's items."""
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    items = [*read.get("question", []), *read.get("item", [])]
    found = [each.get("rationales", each.get("why", [])) for each in items]
    return [r for each in found for r in (each.values() if isinstance(each, dict) else each)]


def test_nothing_is_fetched_from_elsewhere_to_show_it(built: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in built.rglob("*.html")]
    tags = [tag for page in pages for tag in FETCHED.findall(page)]
    assert len(tags) > 10
    assert not [tag for tag in tags if re.search(r"(?:src|href|srcset)=\"?(?:https?:)?//", tag)]
    styles = [path.read_text(encoding="utf-8") for path in built.rglob("*.css")]
    assert not re.findall(r"url\(\s*[\"']?(?:https?:)?//[^)]*|@import[^;]*//", "\n".join(styles))


def test_links_and_anchors_of_the_built_pages_lead_somewhere(built: Path) -> None:
    ids: dict[Path, set[str]] = {}
    for page in built.rglob("*.html"):
        found = re.findall(r"\bid=\"?([^\s\">]+)", page.read_text(encoding="utf-8"))
        ids[page.resolve()] = {html.unescape(each) for each in found}
    lost = [
        (page.name, link)
        for page in ids
        if page.name != "404.html"
        for link in re.findall(r"<a\b[^>]*href=\"?([^\s\">]+)", page.read_text(encoding="utf-8"))
        if not leads_somewhere(page, html.unescape(link), ids)
    ]
    assert not lost


def leads_somewhere(page: Path, link: str, ids: dict[Path, set[str]]) -> bool:
    if re.match(r"[a-z]+:", link):
        return True
    where, _, place = link.partition("#")
    target = (page.parent / where).resolve() if where else page
    if target.is_dir():
        target = target / "index.html"
    # "__" begins the theme's own places, which its script makes.
    known = ids.get(target)
    return target.exists() and (not place or known is None or place in known or place[:2] == "__")


def test_every_function_has_its_example_and_no_example_is_without_one() -> None:
    names = {function.name for function in {**FUNCTIONS, **SUMMARIES}.values()}
    queries = tomllib.loads(site_reference.EXAMPLES.read_text(encoding="utf-8"))
    assert set(queries) == names
    assert not [name for name, query in queries.items() if f"{name}(" not in query or "'" in query]


def test_the_reference_shows_every_function_with_rows_and_every_command(built: Path) -> None:
    page = (built.parent / "site_pages" / "functions.md").read_text(encoding="utf-8")
    shown = re.findall(r"^### (\w+)$", page, re.M)
    assert sorted(shown) == sorted(f.name for f in {**FUNCTIONS, **SUMMARIES}.values())
    answers = re.findall(r"^```text\n(.*?)```", page, re.S | re.M)
    assert len(answers) == len(shown)
    assert all(len(answer.strip().splitlines()) >= 2 for answer in answers)
    reference = (built / "insights.html").read_text(encoding="utf-8").lower()
    assert not [name for name in COMMANDS if f"<code>{name}</code></strong>" not in reference]


def test_facts_stand_with_the_wrong_ones_first() -> None:
    table = ROOT / "lessons" / "facts.tsv"
    page = site_facts.page(table)
    assert re.findall(r"^## (.+)$", page, re.M)[:2] == ["Wrong", "Outdated"]
    facts = site_facts.read(table)
    assert {fact["verdict"] for fact in facts} == set(site_facts.VERDICTS)
    assert len(re.findall(r"^\| (?!Section|---)", page, re.M)) == len(facts)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("[a](coverage.md#skills)", "[a](coverage.md#skills)"),
        ("[a](../CONTRIBUTING.md#quiz)", "[a](contributing.md#quiz)"),
        ("[a](../source/01_x)", "[a](lessons/01_x.md)"),
        ("[a](../lessons/facts.tsv)", "[a](facts.md)"),
        ("[test_it](../tests/test_a.py)", "test_it"),
        ("[a](https://example.org)", "[a](https://example.org)"),
        ("[a](#here)", "[a](#here)"),
        ("```\n[a](../tests/x.py)\n```", "```\n[a](../tests/x.py)\n```"),
    ],
)
def test_links_lead_to_pages_of_the_site(link: str, expected: str) -> None:
    assert site_links.rewrite(link, Path("docs/page.md"), {"01_x"}) == expected


def test_a_lesson_page_tells_answers_and_checks_apart() -> None:
    def cell(source: str, **graded: object) -> nbformat.NotebookNode:
        made = nbformat.v4.new_code_cell(source)
        made.metadata["nbgrader"] = graded
        return made

    cells = [
        nbformat.v4.new_markdown_cell("# 01 A title\n\nText.\n\n> One.\n\n> Two."),
        cell("def rate():\n    # Your code here.", solution=True, grade=False, grade_id="rate"),
        cell(
            "assert rate\n\nassert 1", solution=False, grade=True, grade_id="rate_check", points=2
        ),
    ]
    page = site_lessons.page(cells)
    assert page.startswith("# 01 A title\n\n!!! note")
    assert "> One.\n\n<!-- -->\n\n> Two." in page
    assert "**Your answer goes here** (`rate`):\n\n```python\ndef rate():" in page
    assert '??? abstract "Check of `rate` (2 points)' in page
    assert "    assert rate\n\n    assert 1\n    ```" in page


def test_the_lessons_on_the_site_are_those_of_the_repository() -> None:
    folders = sorted(path.parent.name for path in RELEASE.glob("*/*.ipynb"))
    named = re.findall(r"lessons/(\w+)\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert named == folders
