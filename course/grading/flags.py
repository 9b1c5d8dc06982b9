"""What a grader should know about one submission, kept in its autograded notebook's metadata.

nbgrader's steps pass nothing to each other but the notebook, so the notebook carries the flags; the
student's own notebook metadata never gets that far (`repair` takes the release's).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat

KEY = "course_grading"


def add(nb: Any, *flags: str) -> None:
    """Append flags (short texts) to a notebook, each once."""
    kept = nb.metadata.setdefault(KEY, {"flags": []})["flags"]
    kept.extend(flag for flag in flags if flag not in kept)


def set_run(nb: Any, key: str) -> None:
    """Note which run a notebook's outputs come from."""
    add(nb)
    nb.metadata[KEY]["run"] = key


def run_of(path: Path) -> str | None:
    """The run that an autograded notebook shows; None when there is none, or nobody noted it."""
    if not path.exists():
        return None
    key = nbformat.read(path, as_version=4).metadata.get(KEY, {}).get("run")
    return str(key) if key else None


def on(nb: Any) -> list[str]:
    """The flags of a notebook."""
    return list(nb.metadata.get(KEY, {}).get("flags", []))


def of(path: Path) -> list[str]:
    """The flags of an autograded notebook; none when it was never written."""
    if not path.exists():
        return []
    return on(nbformat.read(path, as_version=4))
