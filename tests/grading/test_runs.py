"""Keys that change with what matters, and files that are whole or not there."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.grading import environment
from course.grading.runs import BadText, Cell, CellRun, Job, Run, Store
from course.grading.sandbox.limits import Limits

CELL = Cell("one", "answer", "x = 1")
JOB = Job((CELL, Cell("two", "test", "assert x")), {"a.txt": b"\xff"}, Limits(), True, "secret")
RUN = Run("k" * 64, [CellRun([{"output_type": "stream", "name": "stdout", "text": "é"}], 1, 0.5)])


def test_a_job_crosses_as_text() -> None:
    assert Job.decode(JOB.encode()) == JOB
    assert Job.decode(JOB.encode()).key == JOB.key


@pytest.mark.parametrize(
    "changed",
    [
        {"cells": JOB.cells[::-1]},
        {"cells": (CELL,)},
        {"cells": (dataclasses.replace(CELL, role="own"), JOB.cells[1])},
        {"files": {"a.txt": b"\xfe"}},
        {"files": {"b.txt": b"\xff"}},
        {"limits": Limits(cell_s=31)},
        {"sandboxed": False},
        {"seed": "other"},
        {"environment": "other"},
    ],
)
def test_what_decides_a_run_is_in_its_key(changed: dict[str, Any]) -> None:
    assert dataclasses.replace(JOB, **changed).key != JOB.key


def test_a_run_does_not_tell_the_seed() -> None:
    assert "secret" not in Run(JOB.key, []).encode()


def test_the_environment_names_what_notebooks_use() -> None:
    names = {one.partition("==")[0] for one in environment._packages()}
    assert {"boto3", "botocore", "moto", "pandas", "ipykernel", "numpy"} <= names
    assert "pytest" not in names


def test_a_store_gives_back_what_it_was_given(tmp_path: Path) -> None:
    store = Store(tmp_path / "runs")
    assert store.load(RUN.key) is None
    store.save(RUN)
    assert store.load(RUN.key) == RUN
    assert [path.name for path in store.folder.iterdir()] == [f"{RUN.key}.json"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_no_run(data: st.DataObject) -> None:
    text = RUN.encode()
    position = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters(codec="utf-8").filter(lambda c: c != text[position]))
    for damaged in (text[:position], text[:position] + character + text[position + 1 :]):
        with pytest.raises(BadText):
            Run.decode(damaged)


def test_a_file_under_another_name_is_no_run(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(RUN)
    store.path(RUN.key).rename(store.path("other"))
    assert store.load("other") is None
