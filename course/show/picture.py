"""What a drawing function returns: an image that can also be read.

JupyterLab 4.6 draws `image/png` without an alternative text whatever the output's metadata says
(its image renderer reads width, height and background only), and nbconvert 7.17's lab template
fills in "No description has been provided". Both prefer `text/html` to `image/png`, and both keep
`alt` and a data address there, also for a notebook that is not trusted. So a Picture offers the
image as HTML first, then as PNG (with the text in its metadata) for front ends without HTML, then
as text.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any


class ShowError(ValueError):
    """What was asked cannot be drawn; the message says what can. One line in a notebook."""

    def _render_traceback_(self) -> list[str]:
        return [f"ShowError: {self}"]


@dataclass(frozen=True)
class Picture:
    """A picture, its description in words and the plain data that was drawn.

    png: the image. alt: the description, computed from the data. data: what was drawn (title, unit
    and, by kind, lines, bars, states ...), for tests and for the curious. width: pixels.
    """

    png: bytes = field(repr=False)
    alt: str
    data: dict[str, Any] = field(repr=False)
    width: int = 935

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, str], dict[str, Any]]:
        encoded = b64encode(self.png).decode("ascii")
        html = f'<img width="{self.width}" alt="{escape(self.alt)}" '
        html += f'src="data:image/png;base64,{encoded}">'
        bundle = {"text/html": html, "image/png": encoded, "text/plain": self.alt}
        return bundle, {"image/png": {"alt": self.alt, "width": self.width}}

    def __str__(self) -> str:
        return self.alt

    def save(self, path: str | Path) -> None:
        """Write the PNG to a file."""
        Path(path).write_bytes(self.png)
