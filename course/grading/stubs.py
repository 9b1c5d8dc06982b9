"""What stands in a release where the solution stood.

nbgrader puts one stub everywhere. Inside a function that is right: calling it says "not answered
yet". At the top level of a cell it would stop a student's "Run all", even in a quiz whose letters
are filled in; there only the stub's comment stays.
"""

from __future__ import annotations

import ast
from typing import Any

from nbgrader.preprocessors import ClearSolutions


class LeaveStubs(ClearSolutions):  # type: ignore[misc]
    """nbgrader's ClearSolutions, with its settings; a stub at the top level only comments."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.cell_type == "code":
            stub = self.code_stub[resources["language"]]
            cell.source = without_top_level(cell.source, stub)
        return cell, resources


def without_top_level(source: str, stub: str) -> str:
    """`source` without those lines of `stub` that are statements and stand unindented."""
    statements = {line for line in stub.split("\n") if not line.startswith("#")}
    kept = "\n".join(line for line in source.split("\n") if line not in statements)
    return kept if _is_python(kept) else source


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True
