"""nbgrader's gradebook without a class; nbgrader takes a second to make one, so it is made once."""

from __future__ import annotations

import functools
import os
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

from nbgrader.api import Gradebook

COURSE = "aws-troubleshooting"


@functools.cache
def _empty() -> bytes:
    # nbgrader calls `alembic` by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, {"PATH": path}):
        file = Path(folder) / "gradebook.db"
        Gradebook(f"sqlite:///{file}", COURSE).close()
        return file.read_bytes()


def gradebook(folder: Path) -> Gradebook:
    """The gradebook of a course folder, made where there is none."""
    file = folder / "gradebook.db"
    if not file.exists():
        file.write_bytes(_empty())
    return Gradebook(f"sqlite:///{file}", COURSE)
