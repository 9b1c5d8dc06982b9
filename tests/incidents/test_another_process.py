"""A function as another process has it: its variables as at the start, another hash()."""

from __future__ import annotations

import linecache
from typing import Any

import pytest

from course.incidents.another_process import elsewhere

ANSWER = """
import functools

seen, count, cache = {}, 0, object()

def answer(text, kept=[]):
    global count
    count += 1
    kept.append(text)
    return seen.setdefault(text, len(seen)), count, hash(text), len(kept)

@functools.cache
def numbered(text):
    return helped(text)

class Shards:
    given = {}
    def of(self, key):
        return self.given.setdefault(key, len(self.given))

print("printed")
"""
HELPER = """
helped_so_far = []

def helped(text):
    helped_so_far.append(text)
    return len(helped_so_far)
"""


def run_cell(source: str, name: str, names: dict[str, Any]) -> None:
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), names)


@pytest.fixture
def notebook() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    run_cell(HELPER, "cell 1", names)
    run_cell(ANSWER, "cell 2", names)
    return names


def test_variables_and_default_values_are_those_of_the_start(notebook: dict[str, Any]) -> None:
    answer = notebook["answer"]
    here = [answer("a"), answer("b")]
    there = elsewhere(answer)("b")
    assert [each[:2] + each[3:] for each in here] == [(0, 1, 1), (1, 2, 2)]
    assert there[:2] + there[3:] == (0, 1, 1)


def test_hash_has_another_salt_there(notebook: dict[str, Any]) -> None:
    there = elsewhere(notebook["answer"])
    assert there("a")[2] == there("a")[2] != notebook["answer"]("a")[2] == hash("a")
    assert there(7)[2] == hash(7)
    assert there(("a", 7))[2] != hash(("a", 7))
    assert there((1, 7))[2] == hash((1, 7))


def test_a_cache_of_functools_is_empty_there(notebook: dict[str, Any]) -> None:
    numbered = notebook["numbered"]
    assert [numbered("a"), numbered("b"), numbered("a")] == [1, 2, 1]
    # So is what a function of another cell keeps in a variable: a copy, of now.
    assert elsewhere(numbered)("z") == 3
    assert notebook["helped_so_far"] == ["a", "b"]


def test_a_class_is_another_one_there(notebook: dict[str, Any]) -> None:
    notebook["Shards"]().of("a")
    assert elsewhere(notebook["Shards"])().of("b") == 0
    assert notebook["Shards"].given == {"a": 0}


def test_the_notebook_stays_as_it_is(
    notebook: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    notebook["answer"]("a")
    before = dict(notebook)
    capsys.readouterr()
    elsewhere(notebook["answer"])("b")
    assert notebook == before and notebook["seen"] == {"a": 0} and notebook["count"] == 1
    assert capsys.readouterr().out == ""


def test_what_brings_its_own_way_there_is_asked_for_it() -> None:
    class Proxy:
        def __elsewhere__(self) -> str:
            return "over there"

    assert elsewhere(Proxy()) == "over there"


@pytest.mark.parametrize("thing", [len, "text", type("Empty", (), {})])
def test_what_no_cell_defines_is_refused_in_one_line(thing: Any) -> None:
    with pytest.raises(AssertionError, match="A function is wanted that is written in a cell"):
        elsewhere(thing)


def test_a_function_under_another_name_is_refused(notebook: dict[str, Any]) -> None:
    notebook["answer"].__name__ = "other"
    with pytest.raises(AssertionError, match="Define 'other' by its name"):
        elsewhere(notebook["answer"])
