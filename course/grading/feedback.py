"""Keep hidden tests out of a student's feedback page.

nbgrader prints a test cell's whole source and, when it fails, a traceback that quotes it (nbgrader
issue 917). Before the page is made: hidden regions leave the source of every cell, an error keeps
its name and message and loses its traceback, and a line of a hidden test that some output repeats
(a warning quotes the line that caused it) is blanked. What a test cell prints stays: a quiz's
rationale is there to be read.

Not covered: code that reads a test while it runs and prints it changed, in the few exercises whose
checks share a kernel with the answers.
"""

from __future__ import annotations

import re
from typing import Any

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
# Shorter lines (`)`, `else:`) are in every program and tell nothing.
TELLING = 8
STYLE_SHEET = """
.rendered_html table { border-collapse: collapse; margin: 0.8em 0; }
.rendered_html th, .rendered_html td { padding: 0.25em 0.9em; text-align: left; }
.rendered_html thead { border-bottom: 1px solid #888; }
.rendered_html tbody tr:nth-child(odd) { background: #f5f5f5; }
.rendered_html blockquote { border-left: 4px solid #ccc; padding-left: 1em; font-size: inherit; }
.rendered_html img { max-width: 100%; }
"""
TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex")


class HideTests(ClearHiddenTests):  # type: ignore[misc]
    """nbgrader's ClearHiddenTests, with its settings, for the pages that students get."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        self._hidden = set().union(*(self._hidden_lines(cell.source) for cell in nb.cells))
        nb, resources = super().preprocess(nb, resources)
        nb.metadata.pop("course_grading", None)
        return nb, resources

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        try:
            self._remove_hidden_test_region(cell)
        except RuntimeError:
            # A student's own cell may hold half a marker; a test cell cannot.
            cell.source = self._before_region(cell.source)
        for output in cell.get("outputs", []):
            self._clean(output)
        return cell, resources

    def _hidden_lines(self, source: str) -> set[str]:
        """Every line of the hidden regions, their markers included, that tells something."""
        lines, inside = set(), False
        for line in source.split("\n"):
            inside = inside or self.begin_test_delimeter in line
            if inside and len(line.strip()) >= TELLING:
                lines.add(line.strip())
            inside = inside and self.end_test_delimeter not in line
        return lines

    def _before_region(self, source: str) -> str:
        lines = source.split("\n")
        begins = next(i for i, line in enumerate(lines) if self.begin_test_delimeter in line)
        return "\n".join(lines[:begins])

    def _clean(self, output: Any) -> None:
        if output.output_type == "error":
            output.evalue = self._blank(output.evalue)
            text = f"{output.ename}: {output.evalue}".removesuffix(": ")
            output.traceback = [text]
        elif output.output_type == "stream":
            output.text = self._blank(output.text)
        else:
            for kind in TEXTS:
                if kind in output.get("data", {}):
                    output.data[kind] = self._blank(output.data[kind])

    def _blank(self, text: str) -> str:
        lines = ANSI.sub("", text).split("\n")
        return "\n".join("[hidden test]" if self._tells(line) else line for line in lines)

    def _tells(self, line: str) -> bool:
        return any(hidden in line for hidden in self._hidden)


class Legible(NbGraderPreprocessor):  # type: ignore[misc]
    """A style sheet for what nbgrader's page leaves bare: tables, call-outs, wide pictures."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        resources.setdefault("inlining", {}).setdefault("css", []).append(STYLE_SHEET)
        return nb, resources
