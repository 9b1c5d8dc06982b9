"""Links of the repository's documents, as the site has them.

A document links to files beside it: on the site some are pages elsewhere, and some are not there.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Set
from pathlib import Path

_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCED = re.compile(r"(^```.*?^```$)", re.S | re.M)
PAGES = {"CONTRIBUTING.md": "contributing.md", "lessons/facts.tsv": "facts.md"}


def rewrite(text: str, path: Path, lessons: Set[str]) -> str:
    """`text` of the document at `path` (below the repository), for a page at the site's top.

    A link to a document or a lesson's folder leads to its page. Of a link to anything else in the
    repository the words stay.
    """

    def replaced(found: re.Match[str]) -> str:
        words, target = found.groups()
        if target.startswith(("http", "#", "mailto:")):
            return found[0]
        where, mark, place = target.partition("#")
        page = _page(posixpath.normpath((path.parent / where).as_posix()), lessons)
        return f"[{words}]({page}{mark}{place})" if page else words

    parts = _FENCED.split(text)  # every second part is a block of code
    return "".join(p if k % 2 else _LINK.sub(replaced, p) for k, p in enumerate(parts))


def _page(target: str, lessons: Set[str]) -> str:
    """The site's page for a path of the repository, or nothing."""
    folder, _, name = target.partition("/")
    if folder == "docs":
        return name
    if folder in ("source", "release") and name.split("/")[0] in lessons:
        return f"lessons/{name.split('/')[0]}.md"
    return PAGES.get(target, "")
