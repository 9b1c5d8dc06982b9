"""The same code in another process: what a check needs to tell what a producer may rely on.

Two producers, or two workers, share no variables, and Python's `hash()` of a text is another in
each process. A notebook has one process only, so a check takes note of its variables, lets an
answer run, and then lets it run again with the variables as they were.

Left out: what a function keeps for itself (a default value that is changed, a cache of functools)
and modules.
"""

from __future__ import annotations

import builtins
import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

OF_JUPYTER = ("In", "Out", "_", "__", "___", "_ih", "_oh", "_dh")
_ABSENT = object()


class AnotherProcess:
    """The variables of a notebook at one moment, and a salt for hash() that is not this process's.

    names: the notebook's globals(). Only plain data are noted: dicts, lists, sets, texts, numbers.

    >>> elsewhere = AnotherProcess(globals())
    >>> here = answer(request)
    >>> with elsewhere.runs():
    ...     there = answer(request)
    """

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._noted = {
            name: copy.copy(value)
            for name, value in names.items()
            if type(value) in (dict, list, set, str, int, float) and name not in OF_JUPYTER
        }

    @contextmanager
    def runs(self) -> Iterator[None]:
        """What is called meanwhile finds the variables of then; afterwards all are as they were."""
        others = {**self._noted, "hash": _salted_hash}
        mine = {name: self._names.get(name, _ABSENT) for name in others}
        self._names.update(others)
        try:
            yield
        finally:
            self._names.update(mine)
            for name in [name for name, value in mine.items() if value is _ABSENT]:
                del self._names[name]


def _salted_hash(thing: object) -> int:
    return builtins.hash(("another process", thing))
