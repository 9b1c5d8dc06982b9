"""A course of one lesson, with a student's notebook in work/."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

REFERENCE = "def double(n):\n    ### BEGIN SOLUTION\n    return 2 * n\n    ### END SOLUTION"
STUB = "def double(n):\n    ...\n    # Your code here."
VISIBLE = "assert double(1) == 2, 'double(1) should be 2'"
HIDDEN = (
    f"{VISIBLE}\n### BEGIN HIDDEN TESTS\nassert double(5) == 10, 'look at 5'\n### END HIDDEN TESTS"
)
HELP = """
[double]
hints = ["look at the stub", "think of `*`", "begin with return"]
reread = "1.1 Numbers"
trade_offs = "Adding is as good."
"""


def cell(name: str, source: str, **marks: Any) -> dict[str, Any]:
    flags = {"grade": False, "solution": False, "locked": False, "grade_id": name, **marks}
    meta = {"nbgrader": {"schema_version": 3, "task": False, **flags}}
    return {"cell_type": "code", "id": name, "source": source, "metadata": meta}


def notebook(answer: str, check: str) -> str:
    graded = {"grade": True, "locked": True, "points": 2}
    cells = [
        cell("setup", "base = 1", locked=True),
        cell("double", answer, solution=True),
        cell("double_check", check, **graded),
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def put(folder: Path, source: bool = True) -> Path:
    """Write the course; the student's notebook."""
    made = {"release": notebook(STUB, VISIBLE), "work": notebook(STUB, VISIBLE)}
    if source:
        made["source"] = notebook(REFERENCE, HIDDEN)
        (folder / "lessons" / "01_tiny").mkdir(parents=True)
        (folder / "lessons" / "01_tiny" / "help.toml").write_text(HELP)
    for kind, text in made.items():
        path = folder / kind / "01_tiny" / "tiny.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    return folder / "work" / "01_tiny" / "tiny.ipynb"


def answer(path: Path, text: str) -> None:
    path.write_text(notebook(text, VISIBLE))
