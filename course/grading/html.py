"""What of a submission's own HTML a browser may show: text, tables, pictures; nothing that runs.

`clean_html` takes the place of nbconvert's filter of the same name, whose list of tags takes tables
apart (no thead, tbody, th) and shows the style sheet that pandas puts before a table.
`markdown2html` takes the place of another: nbgrader's templates put its result on the page as it
is.
"""

from __future__ import annotations

import re

import bleach  # type: ignore[import-untyped]
from nbconvert.filters import markdown

NAMES = """
a abbr b blockquote br caption code col colgroup dd details div dl dt em figcaption figure h1 h2 h3
h4 h5 h6 hr i img kbd li ol p pre s small span strong sub summary sup table tbody td tfoot th thead
tr u ul
"""
TAGS = frozenset(NAMES.split())
EVERYWHERE = {"class", "id", "title", "colspan", "rowspan", "scope", "tabindex", "data-mime-type"}
SAFE = frozenset({"http", "https", "mailto", "data"})
STYLE = re.compile(r"<style\b[^>]*>.*?</style\s*>", re.IGNORECASE | re.DOTALL)


def clean_html(element: str | bytes) -> str:
    """`element` with all but plain markup shown as text, and no picture from elsewhere."""
    text = element.decode() if isinstance(element, bytes) else str(element)
    return str(bleach.clean(STYLE.sub("", text), tags=TAGS, attributes=_allowed, protocols=SAFE))


def markdown2html(source: str) -> str:
    """A text cell as HTML, with nothing in it that runs."""
    return clean_html(markdown.markdown2html(source))


def _allowed(tag: str, name: str, value: str) -> bool:
    if name in EVERYWHERE or (tag, name) == ("img", "alt"):
        return True
    if (tag, name) == ("img", "src"):
        # A picture from elsewhere would tell its server who reads this page, and when.
        return value.startswith("data:image/")
    return (tag, name) == ("a", "href") and not value.strip().lower().startswith("data:")
