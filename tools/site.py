"""Build the course's site into build/site: documents, lessons without answers, and reference.

python -m tools.site            writes build/site_pages, then has mkdocs build build/site
python -m tools.site --pages    only writes the pages, for `mkdocs serve`
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import site_facts, site_lessons, site_links, site_reference

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "build" / "site_pages"
# Beyond the theme: lines of a notebook (100 wide) should fit, and headings be dark enough to read.
STYLE = """\
.md-grid { max-width: 72rem; }
.md-typeset h1, .md-typeset h2 { font-weight: 400; color: var(--md-default-fg-color); }
.md-typeset pre > code { font-size: .75em; }
.md-typeset table:not([class]) { font-size: .64rem; overflow-wrap: anywhere; }
.md-typeset table:not([class]) th { min-width: 0; white-space: nowrap; }
.md-typeset details { font-size: .7rem; }
.md-typeset pre > code { max-height: 32rem; overflow-y: auto; }
"""


def write_pages(root: Path, pages: Path) -> None:
    """Every page of the site as Markdown, from docs/, release/, the query engine and the facts."""
    shutil.rmtree(pages, ignore_errors=True)
    shutil.copytree(root / "docs", pages, ignore=shutil.ignore_patterns("*.md"))
    lessons = {path.parent.name for path in (root / "release").glob("*/*.ipynb")}
    written = {
        **{path.name: path for path in (root / "docs").glob("*.md")},
        "contributing.md": root / "CONTRIBUTING.md",
    }
    for name, path in written.items():
        text = path.read_text(encoding="utf-8")
        _write(pages / name, site_links.rewrite(text, path.relative_to(root), lessons))
    for folder, text in site_lessons.pages(root / "release"):
        _write(pages / "lessons" / f"{folder}.md", text)
    reference = (root / "docs" / "insights.md").read_text(encoding="utf-8")
    _write(pages / "functions.md", site_reference.page(reference))
    _write(pages / "facts.md", site_facts.page(root / "lessons" / "facts.tsv"))
    _write(pages / "course.css", STYLE)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def build(root: Path) -> int:
    """Have mkdocs build the site; a broken link or anchor is an error."""
    # The theme's advertisement for its successor is no warning about this site.
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    return subprocess.run(command, cwd=root, env=quiet).returncode


def main(arguments: list[str]) -> int:
    write_pages(ROOT, PAGES)
    if "--pages" in arguments:
        return 0
    failed = build(ROOT)
    if not failed:
        print("The site: build/site/index.html")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
