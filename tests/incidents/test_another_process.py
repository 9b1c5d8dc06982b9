"""Code that runs again as if in another process: its variables of then, another hash()."""

from __future__ import annotations

from typing import Any

import pytest

from course.incidents.another_process import AnotherProcess

ANSWER = """
seen, count, cache = {}, 0, object()
def answer(text):
    global count
    count += 1
    return seen.setdefault(text, len(seen)), count, hash(text)
"""


@pytest.fixture
def notebook() -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(ANSWER, names)
    return names


def test_variables_are_as_they_were_when_they_were_noted(notebook: dict[str, Any]) -> None:
    elsewhere, answer = AnotherProcess(notebook), notebook["answer"]
    here = [answer("a")[:2], answer("b")[:2]]
    with elsewhere.runs():
        there = answer("b")[:2]
    assert (here, there) == ([(0, 1), (1, 2)], (0, 1))


def test_hash_has_another_salt_meanwhile(notebook: dict[str, Any]) -> None:
    elsewhere, answer = AnotherProcess(notebook), notebook["answer"]
    before = answer("a")[2]
    with elsewhere.runs():
        meanwhile = [answer("a")[2], answer("a")[2]]
    assert meanwhile[0] == meanwhile[1] != before == answer("a")[2] == hash("a")
    assert "hash" not in notebook


def test_afterwards_all_is_as_it_was_and_what_is_new_stays(notebook: dict[str, Any]) -> None:
    elsewhere, answer, cache = AnotherProcess(notebook), notebook["answer"], notebook["cache"]
    answer("a")
    with elsewhere.runs():
        notebook["new"] = answer("b")
        assert notebook["cache"] is cache
    assert notebook["seen"] == {"a": 0} and notebook["count"] == 1 and "new" in notebook


def test_a_failure_leaves_the_notebook_as_it_was(notebook: dict[str, Any]) -> None:
    elsewhere, answer = AnotherProcess(notebook), notebook["answer"]
    answer("a")
    with pytest.raises(ZeroDivisionError), elsewhere.runs():
        raise ZeroDivisionError
    assert notebook["seen"] == {"a": 0} and "hash" not in notebook
