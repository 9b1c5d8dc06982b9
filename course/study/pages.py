"""What `check`, `hint`, `solution` and `progress` show: HTML in a notebook, text by `str()`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from typing import Any

WIDTH = 88
# Not the only sign: each kind of page begins with words that say the same.
EDGES = {"right": "#2e7d32", "not yet": "#b26a00", "error": "#b3261e"}
PLAIN_EDGE = "#5f6368"


@dataclass(frozen=True)
class Part:
    """A piece of a page. kind: "text" (Markdown), "code" (shown as it is) or "table" (HTML)."""

    kind: str
    text: str
    html: str = ""


@dataclass(frozen=True)
class Page:
    """A title and parts below it."""

    title: str
    parts: tuple[Part, ...] = ()
    kind: str = field(default="", repr=False)

    def __str__(self) -> str:
        return "\n\n".join([self.title, *(part.text for part in self.parts)])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": str(self)}

    @property
    def html(self) -> str:
        edge = EDGES.get(self.kind, PLAIN_EDGE)
        body = "".join(_html(part) for part in self.parts)
        return (
            f'<div style="border-left: 4px solid {edge}; padding: 0.2em 1em; max-width: 60em">'
            f"<p><strong>{escape(self.title)}</strong></p>{body}</div>"
        )


def text(words: str) -> Part:
    return Part("text", words)


def code(lines: str) -> Part:
    return Part("code", lines)


def table(caption: str, rows: list[dict[str, Any]]) -> Part:
    # pandas is behind it, which a hint in a terminal does without.
    from course import show

    made = show.table(rows, caption=caption, rows=max(len(rows), 1))
    return Part("table", str(made), made.html)


def page(title: str, parts: Iterable[Part], kind: str = "") -> Page:
    return Page(title, tuple(parts), kind)


def _html(part: Part) -> str:
    if part.kind == "table":
        return part.html
    if part.kind == "code":
        return f'<pre style="white-space: pre-wrap">{escape(part.text)}</pre>'
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).render(part.text))
