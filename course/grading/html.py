"""What of a submission's own HTML a browser may show: text, tables, pictures; nothing that runs.

`clean_html` takes the place of nbconvert's filter of the same name, whose list of tags takes tables
apart (no thead, tbody, th) and shows the style sheet that pandas puts before a table.
`markdown2html` takes the place of another: nbgrader's templates put its result on the page as it
is.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import bleach  # type: ignore[import-untyped]
from jinja2 import BytecodeCache, ChoiceLoader, DictLoader
from jinja2.bccache import Bucket
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import Highlight2HTML, markdown
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

NAMES = """
a abbr b blockquote br caption code col colgroup dd details div dl dt em figcaption figure h1 h2 h3
h4 h5 h6 hr i img kbd li ol p pre s small span strong sub summary sup table tbody td tfoot th thead
tr u ul
"""
TAGS = frozenset(NAMES.split())
EVERYWHERE = {"class", "id", "title", "colspan", "rowspan", "scope", "tabindex", "data-mime-type"}
SAFE = frozenset({"http", "https", "mailto", "data"})
# Cells that are the same on everybody's page are made into HTML once.
SEEN = 1024
STYLE = re.compile(r"<style\b[^>]*>.*?</style\s*>", re.IGNORECASE | re.DOTALL)


def clean_html(element: str | bytes) -> str:
    """`element` with all but plain markup shown as text, and no picture from elsewhere."""
    text = element.decode() if isinstance(element, bytes) else str(element)
    return str(bleach.clean(STYLE.sub("", text), tags=TAGS, attributes=_allowed, protocols=SAFE))


@functools.lru_cache(maxsize=SEEN)
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


class _Compiled(BytecodeCache):
    """Templates that were compiled for another student's page."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._known[bucket.key] = bucket.bytecode_to_string()


_compiled = _Compiled()
_highlight = Highlight2HTML(pygments_lexer="python")


@functools.lru_cache(maxsize=SEEN)
def _highlighted(source: str) -> str:
    return str(_highlight(source))


def highlight_code(source: str, language: str = "python", metadata: object = None) -> str:
    """nbconvert's filter, for notebooks that are all Python."""
    return _highlighted(source)


# A page fetches nothing: the lessons have no formulas, and MathJax would come from elsewhere.
OFFLINE = {"mathjax.html.j2": "{%- macro mathjax(url='') -%}{%- endmacro %}"}
# nbgrader's list at the top calls every exercise "Test cell", and what was said on it "Comment".
LISTED = re.compile(r'<a href="#(comment-)?([\w-]+)">(?:Test cell|Comment)</a>')
NO_ALT = re.compile(r"<img (?![^>]*\balt=)")


class PageExporter(HTMLExporter):  # type: ignore[misc]
    """nbconvert's HTMLExporter for one page after the other.

    It compiles a template once, highlights a cell that all have once, and does not parse the whole
    page again, as nbconvert does, only to add a text to pictures that have none. The list at the
    top names the exercises.
    """

    def _create_environment(self) -> Any:
        made = super()._create_environment()
        made.loader = ChoiceLoader([DictLoader(OFFLINE), made.loader])
        made.bytecode_cache = _compiled
        return made

    def from_notebook_node(
        self, nb: Any, resources: dict[str, Any] | None = None, **more: Any
    ) -> tuple[str, dict[str, Any]]:
        found = self._init_resources(resources)
        types = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=found
        )
        self.register_filter("highlight_code", highlight_code)
        self.register_filter("filter_data_type", types)
        page, found = TemplateExporter.from_notebook_node(self, nb, found, **more)
        page = NO_ALT.sub('<img alt="A picture without a description" ', page)
        return LISTED.sub(_named, page), found


def _named(link: re.Match[str]) -> str:
    on, cell = link[1] or "", link[2]
    name = cell.removesuffix("_check")
    return f'<a href="#{on}{cell}">{"comment on " if on else ""}{name}</a>'
