"""The same code in another process: what a check needs to tell what a producer may rely on.

Two producers, or two workers, share no variables, and Python's `hash()` of a text is another in
each process. A notebook has one process for a student's code, so the cell that defines a function
is run again, with variables of its own: whatever the function keeps, in a variable, a default value
or a cache of functools, begins anew.

Left out: what modules keep, the order of sets, and variables of other cells, which are copies as
they are now.
"""

from __future__ import annotations

import builtins
import contextlib
import copy
import inspect
import io
import linecache
from types import FunctionType
from typing import Any

_OF_JUPYTER = ("In", "Out", "_", "__", "___", "_ih", "_oh", "_dh")
_PLAIN = (dict, list, set, str, int, float)
# Python's hash of these is the same in every process.
_SAME = (int, float, complex, type(None))


def elsewhere(thing: Any) -> Any:
    """A function, or a class, as another process has it.

    Raises AssertionError, for whoever wrote the cell, where it cannot be made again.

    >>> there = elsewhere(shard_of)
    >>> shard_of("o-1", 8) == there("o-1", 8)
    """
    hook = getattr(type(thing), "__elsewhere__", None)
    if hook is not None:
        return hook(thing)
    name = getattr(thing, "__name__", "")
    function = _function(thing)
    names = _names_of_a_new_process(function.__globals__)
    _run_again(function, names)
    assert callable(found := names.get(name)), f"Define {name or thing!r} by its name, in one cell."
    return found


def _function(thing: Any) -> FunctionType:
    """The function behind a decorated one; of a class one of its methods."""
    members = vars(thing).values() if isinstance(thing, type) else [inspect.unwrap(thing)]
    found = [each for each in members if isinstance(each, FunctionType)]
    assert found, f"A function is wanted that is written in a cell, not {thing!r}."
    return found[0]


def _names_of_a_new_process(names: dict[str, Any]) -> dict[str, Any]:
    """A notebook's variables as copies; its functions see these copies, not the notebook's own."""
    made = {
        name: copy.deepcopy(value) if type(value) in _PLAIN else value
        for name, value in names.items()
        if name not in _OF_JUPYTER
    }
    for name, value in made.items():
        if isinstance(value, FunctionType) and value.__globals__ is names:
            made[name] = _moved(value, made)
    made["hash"] = _salted_hash
    return made


def _moved(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    defaults = copy.deepcopy(function.__defaults__)
    made = FunctionType(function.__code__, names, function.__name__, defaults, function.__closure__)
    made.__kwdefaults__ = copy.deepcopy(function.__kwdefaults__)
    return made


def _run_again(function: FunctionType, names: dict[str, Any]) -> None:
    file = function.__code__.co_filename
    source = "".join(linecache.getlines(file))
    assert source, f"{function.__name__} is to be written in a cell of the notebook."
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, file, "exec"), names)


def _salted_hash(thing: object) -> int:
    """hash() with another salt than this process's."""
    if isinstance(thing, _SAME):
        return builtins.hash(thing)
    if isinstance(thing, tuple):
        return builtins.hash(tuple(_salted_hash(each) for each in thing))
    return builtins.hash(("another process", thing))
