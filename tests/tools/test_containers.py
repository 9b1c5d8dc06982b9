"""Binder and the development container install what requirements.lock says, and nothing else."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
BINDER = ROOT / ".binder"
CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
POST_BUILD = (BINDER / "postBuild").read_text(encoding="utf-8")


def steps() -> list[list[str]]:
    return [shlex.split(x) for x in POST_BUILD.splitlines() if x.startswith("python")]


def test_binder_installs_the_lock_with_its_hashes_then_the_course_alone() -> None:
    lock, course = (step for step in steps() if "install" in step)
    assert lock[-2:] == ["-r", "requirements.lock"] and "--require-hashes" in lock
    assert course[-2:] == ["--editable", "."] and "--no-deps" in course


def test_binder_installs_from_nothing_else() -> None:
    # A requirements.txt or environment.yml here would be installed as well, and before the lock.
    assert sorted(path.name for path in BINDER.iterdir()) == ["postBuild", "runtime.txt"]


def test_binder_runs_its_step_as_a_program_of_bash() -> None:
    assert os.access(BINDER / "postBuild", os.X_OK)
    subprocess.run(["bash", "-n", str(BINDER / "postBuild")], check=True)


def test_both_have_a_python_that_the_course_runs_on() -> None:
    binder = (BINDER / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    found = re.search(r"python:(\d+\.\d+)", CONTAINER["image"])
    assert found and found[1] == binder
    assert binder in SpecifierSet(PROJECT["requires-python"])


def test_the_container_is_set_up_as_make_lab_does_it() -> None:
    assert "tools/setup.py" in shlex.split(CONTAINER["postCreateCommand"])
    setup = (ROOT / "tools" / "setup.py").read_text(encoding="utf-8")
    assert '"--require-hashes", "-r", str(ROOT / "requirements.lock")' in setup
    interpreter = CONTAINER["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"]
    assert interpreter == "${containerWorkspaceFolder}/.venv/bin/python"


def test_both_copy_the_lessons_by_code_that_there_is() -> None:
    copying = "from course.study import lab; lab.first_notebook(Path('.'))"
    assert copying in POST_BUILD and copying in CONTAINER["postCreateCommand"]
    from course.study import lab

    assert callable(lab.first_notebook)


def test_binder_gives_jupyterlab_the_settings_of_course_lab() -> None:
    from course.study import lab

    settings = (lab.SETTINGS / "overrides.json").relative_to(ROOT)
    assert f'cp {settings} "$settings"' in POST_BUILD
