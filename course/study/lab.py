"""JupyterLab on the course: own copies of the lessons, and nothing asked of the network."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from course.errors import UserError

# Neither news nor updates: a student may be offline, and should not be asked on the first day.
# Widgets' messages in the kernel's own thread: in a subshell's, a text and the click that follows
# it overtake each other, and the account would serve two threads at once.
SETTINGS = Path(__file__).parent / "lab_settings"


def open_lab(course_dir: Path, options: Sequence[str]) -> NoReturn:
    """Become JupyterLab, at the first lesson's copy in work/; `options` go on to it."""
    start = first_notebook(course_dir.resolve())
    command = [
        *(sys.executable, "-m", "jupyter", "lab"),
        f"--ServerApp.root_dir={course_dir.resolve()}",
        f"--LabApp.default_url=/lab/tree/{start}",
        f"--LabApp.app_settings_dir={SETTINGS}",
        *(["--allow-root"] if _is_root() else []),
        *options,
    ]
    # The same process, so that whoever stops it stops JupyterLab. nbgrader looks for its
    # configuration in the folder that it is started from.
    os.chdir(course_dir)
    os.execv(command[0], command)


def _is_root() -> bool:
    """Containers and course machines often run as root, where Jupyter asks for an own flag."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def first_notebook(course_dir: Path) -> str:
    """Path below `course_dir` of the notebook to open; copies new lessons into work/.

    A copy that is there already is a student's work and never overwritten.
    """
    released = sorted((course_dir / "release").glob("*/*.ipynb"))
    if not released:
        looked = course_dir / "release"
        raise UserError(f"no lessons in {looked}; name the folder with --course-dir")
    for path in released:
        own = course_dir / "work" / path.relative_to(course_dir / "release")
        if not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, own)
    return f"work/{released[0].parent.name}/{released[0].name}"
