"""Every refusal is one exact line, and a good submission passes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.grading import intake
from tests.grading import tiny

NAME = tiny.NOTEBOOK
WHERE = f"submitted/ann/{tiny.LESSON}"
AGAIN = "save it again from JupyterLab"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / tiny.LESSON
    made.mkdir()
    return made


def refusal(folder: Path) -> str:
    with pytest.raises(intake.Refused) as caught:
        intake.check("ann", folder, [NAME])
    return str(caught.value)


def test_a_good_submission_passes(folder: Path) -> None:
    tiny.write(tiny.solved(), folder / NAME)
    (folder / "notes.txt").write_text("mine")
    intake.check("ann", folder, [NAME])


def notebook(**changes: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []} | changes)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", f"is not JSON (line 1); {AGAIN}"),
        ('{\n"cells": [', f"is not JSON (line 2); {AGAIN}"),
        ("[" * 200_000, f"is not JSON (nested too deeply); {AGAIN}"),
        ("[]", f"is no notebook (no object); {AGAIN}"),
        ("{}", f"is no notebook (format None instead of 4); {AGAIN}"),
        (notebook(nbformat=3), f"is no notebook (format 3 instead of 4); {AGAIN}"),
        (notebook(cells={}), f"is no notebook (it has no cells); {AGAIN}"),
        (notebook(metadata=[]), f"is no notebook (its metadata is no object); {AGAIN}"),
        (notebook(cells=["x"]), f"is no notebook (cell 1: no object); {AGAIN}"),
        (
            notebook(cells=[{"cell_type": "sql", "source": ""}]),
            f"is no notebook (cell 1: unknown type 'sql'); {AGAIN}",
        ),
        (
            notebook(cells=[{"cell_type": "code", "source": 7}]),
            f"is no notebook (cell 1: its source is no text); {AGAIN}",
        ),
        (
            notebook(cells=[{"cell_type": "code", "source": "", "metadata": 1}]),
            f"is no notebook (cell 1: its metadata is no object); {AGAIN}",
        ),
    ],
)
def test_what_is_no_notebook(folder: Path, text: str, line: str) -> None:
    (folder / NAME).write_text(text)
    assert refusal(folder) == f"{WHERE}/{NAME} {line}"


def test_bytes_that_are_no_text(folder: Path) -> None:
    (folder / NAME).write_bytes(b"\xff\xfe\xff{}")
    assert refusal(folder) == f"{WHERE}/{NAME} is not JSON (no UTF-8 text); {AGAIN}"


def test_too_large(folder: Path) -> None:
    with (folder / NAME).open("wb") as file:
        file.truncate(intake.LARGEST + 1)
    line = f"{WHERE}/{NAME} is larger than 20 MB; clear its outputs and save it again"
    assert refusal(folder) == line


def link(folder: Path) -> str:
    (folder / "data.txt").symlink_to("/etc/hostname")
    return f"{WHERE}/data.txt is a link; hand in the file itself"


def linked_folder(folder: Path) -> str:
    (folder / "more").symlink_to(folder.parent, target_is_directory=True)
    return f"{WHERE}/more is a link; hand in the file itself"


def pipe(folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    return f"{WHERE}/pipe is neither a file nor a folder; remove it"


@pytest.mark.parametrize("put", [link, linked_folder, pipe])
def test_links_and_special_files(folder: Path, put: Callable[[Path], str]) -> None:
    tiny.write(tiny.solved(), folder / NAME)
    line = put(folder)
    assert refusal(folder) == line


def test_a_missing_notebook(folder: Path) -> None:
    assert refusal(folder) == f"no {NAME} in {WHERE}; put the notebook there"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "metadata", "nbformat", "id"]), inner
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=60, deadline=None)
def test_any_json_is_taken_or_refused_but_never_breaks(
    tmp_path_factory: pytest.TempPathFactory, value: Any
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / NAME).write_text(json.dumps(value))
    try:
        intake.check("ann", folder, [NAME])
    except intake.Refused as why:
        assert "\n" not in str(why)


@pytest.mark.parametrize(
    "name",
    ["numpy/__init__.py", "random.py", "math.py", "pandas.pyc", "course.py", "yaml/__init__.pyc"],
)
def test_a_file_that_would_be_imported_in_a_modules_place(folder: Path, name: str) -> None:
    tiny.write(tiny.solved(), folder / NAME)
    tiny.write("", folder / name)
    first, _, _ = name.partition("/")
    module, _, _ = first.partition(".")
    line = f"{WHERE}/{first} would be imported in the place of the module {module}; rename it"
    assert refusal(folder) == line


@pytest.mark.parametrize("name", ["helper.py", "numpy/notes.txt", "data/a.csv", "json.txt"])
def test_files_that_no_import_takes_for_another(folder: Path, name: str) -> None:
    tiny.write(tiny.solved(), folder / NAME)
    tiny.write("", folder / name)
    intake.check("ann", folder, [NAME])


def test_too_many_files(folder: Path) -> None:
    for number in range(intake.MOST_FILES + 1):
        (folder / f"{number}.txt").touch()
    assert refusal(folder) == f"{WHERE} holds more than 200 files; hand in what is needed"


def test_a_deep_folder(folder: Path) -> None:
    (folder / "/".join(["a"] * 300)).mkdir(parents=True)
    assert refusal(folder) == f"{WHERE} holds more than 200 files; hand in what is needed"


def test_too_much_in_all(folder: Path) -> None:
    for number in range(3):
        with (folder / f"{number}.bin").open("wb") as file:
            file.truncate(intake.LARGEST_IN_ALL // 2)
    assert refusal(folder) == f"{WHERE} holds more than 50 MB of files; hand in what is needed"


def test_a_name_that_breaks_the_line(folder: Path) -> None:
    (folder / "a\nb.txt").touch()
    line = f"{WHERE} holds a file with a name that cannot be shown; rename it"
    assert refusal(folder) == line


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_file(folder: Path) -> None:
    (folder / "notes.txt").touch()
    os.chown(folder / "notes.txt", 4321, -1)
    line = f"{WHERE}/notes.txt belongs to another user than its folder; who put it there?"
    assert refusal(folder) == line
