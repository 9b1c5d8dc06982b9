"""What both ends of a link have in common: to ask, to answer, to pass functions by number.

Whoever asks waits for the reply and serves what the other side asks meanwhile. The replies come in
the opposite order of the questions, as in a stack of calls.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NoReturn

import numpy as np
import pandas as pd

from course.grading.boundary import faults
from course.grading.boundary.link import Ended, Link, TooLarge
from course.grading.boundary.plain import Opaque, Reference, pack, unpack

_CALLED_BACK = (FunctionType, BuiltinFunctionType, MethodType, type)
# What can be changed where it is.
_CHANGED = (list, dict, set, bytearray, BaseException, pd.DataFrame, pd.Series, np.ndarray)
REPLY, FAULT = "reply", "fault"


class Proxy:
    """A function or class of the other kernel: calling it calls that one, with copies of the
    arguments; those that it changes (lists, tables, exceptions) are changed here as well."""

    def __init__(self, peer: Peer, number: int, name: str) -> None:
        self._peer, self._number = peer, number
        self.__name__ = self.__qualname__ = name

    def __call__(self, *args: Any, **named: Any) -> Any:
        return self._peer.call(self._number, args, named)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __elsewhere__(self) -> Any:
        """The same function as another process would have it; see `another_process`."""
        return self._peer.ask("elsewhere", self._number)


class Peer:
    """One side. A subclass has `on_<question>` for each question that the other side may ask."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._lent: list[Any] = []
        self._proxies: dict[int, Proxy] = {}
        # A function's threads ask one after the other.
        self._asking = threading.RLock()

    def ask(self, question: str, *parts: Any) -> Any:
        """The other side's answer; raises what it raised."""
        with self._asking:
            self._send(question, *parts)
            while True:
                kind, found = self.heard()
                if kind == REPLY:
                    return self.unpacked(found[0])
                if kind == FAULT:
                    self._raise(*found)
                self.serve(kind, found)

    def call(self, number: int, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Call a function of the other side."""
        given = [list(args), named]
        result, changed = self.ask("call", number, self.packed(given))
        if changed is not None:
            _update(given, changed)
        return result

    def serve(self, question: str, parts: list[Any]) -> None:
        """Answer one question of the other side."""
        answer: Callable[..., Any] | None = getattr(self, f"on_{question}", None)
        try:
            if answer is None:
                raise ValueError(f"nobody answers {question!r} here")
            packed = self.packed(answer(*parts))
        except (KeyboardInterrupt, Ended):
            raise
        except BaseException as error:
            return self._send(FAULT, self.packed(error), self.way(error))
        try:
            self._send(REPLY, packed)
        except TooLarge as error:
            self._send(FAULT, self.packed(error), [])

    def on_call(self, number: int, given: Any) -> Any:
        """Call a function that was lent; its result, and its arguments if it has changed them."""
        args, named = self.unpacked(given)
        result = self.lent(number)(*args, **named)
        now = self.packed([args, named])
        return result, (None if now == given else [args, named])

    def lent(self, number: int) -> Any:
        return self._lent[number]

    def packed(self, value: Any) -> Any:
        return pack(value, self._refer)

    def unpacked(self, packed: Any) -> Any:
        return unpack(packed, self._resolve)

    def _send(self, kind: str, *parts: Any) -> None:
        self.link.send(kind, self.standing(), *parts)

    def heard(self) -> tuple[str, list[Any]]:
        """The next message, as its kind and parts."""
        kind, parts = self.link.receive()
        where, *found = parts or [None]
        self.stand(where)
        return kind, found

    def _raise(self, packed: Any, way: Any) -> NoReturn:
        error = self.unpacked(packed)
        if not isinstance(error, BaseException):
            error = RuntimeError(f"{error!r} was raised")
        self.raised(error, [str(line) for line in way][: faults.MOST_STEPS])
        raise error

    def _refer(self, value: Any) -> Reference | None:
        if isinstance(value, Proxy) and value._peer is self:
            # Its own, back again.
            return Reference(-1 - value._number, value.__name__)
        if isinstance(value, (*_CALLED_BACK, Proxy)):
            if value not in self._lent:
                self._lent.append(value)
            return Reference(self._lent.index(value), getattr(value, "__name__", "function"))
        return None

    def _resolve(self, reference: Reference) -> Any:
        if reference.number < 0:
            return self.lent(-1 - reference.number)
        known = self._proxies.get(reference.number)
        if known is None:
            known = self._proxies[reference.number] = Proxy(self, reference.number, reference.name)
        return known

    # What a side has of its own.

    def standing(self) -> Any:
        """What each message tells of this side's account."""
        return None

    def stand(self, where: Any) -> None:
        """Hear what a message tells of the other side's account."""

    def way(self, error: BaseException) -> list[str]:
        """Where an error went through the cells of this side, for whoever reads it."""
        return []

    def raised(self, error: BaseException, way: list[str]) -> None:
        """Look at an error of the other side before it is raised here."""


def _update(old: Any, new: Any) -> None:
    """Give containers and exceptions the content that the other side's copies have now."""
    if isinstance(old, BaseException) and isinstance(new, BaseException):
        return faults.update(old, new)
    if type(old) is not type(new):
        return None
    if isinstance(old, list):
        both = zip(old, new, strict=False)
        old[:] = [*(_merged(one, other) for one, other in both), *new[len(old) :]]
    elif isinstance(old, dict):
        made = {key: _merged(old.get(key), value) for key, value in new.items()}
        old.clear()
        old.update(made)
    elif isinstance(old, set | bytearray):
        old.clear()
        old.update(new) if isinstance(old, set) else old.extend(new)
    elif isinstance(old, pd.DataFrame | pd.Series):
        # What pandas' own methods do that are told `inplace`.
        old._update_inplace(new)
    elif isinstance(old, np.ndarray) and old.shape == new.shape:
        old[...] = new
    elif isinstance(old, tuple) and len(old) == len(new):
        for one, other in zip(old, new, strict=True):
            _update(one, other)
    return None


def _merged(old: Any, new: Any) -> Any:
    """What stands in a container now: the old object with new content, where that can be."""
    if isinstance(new, Opaque) or (isinstance(new, tuple) and old == new):
        return old
    if isinstance(old, _CHANGED) and type(old) is type(new):
        _update(old, new)
        return old
    return new
