"""Exceptions that pass from one kernel to another, with the class that checks catch them by."""

from __future__ import annotations

import builtins
import importlib
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

# Modules whose exceptions both sides have; of others an exception passes as the nearest of these.
KNOWN = ("builtins", "json.decoder", "botocore.exceptions", "urllib3.exceptions")
OURS = "course."
MOST_STEPS = 8
# How a fault's way through an answer is told below it.
IN_THE_ANSWER = "In the answer, "

Each = Callable[[Any], Any]


def pack(error: BaseException, each: Each) -> list[Any]:
    """Its class and those below that, args, attributes, cause, and its way through an answer."""
    kinds = [[one.__module__, one.__qualname__] for one in type(error).__mro__[:-1]]
    state = [[key, each(one)] for key, one in _state(error).items()]
    cause = each(error.__cause__) if error.__cause__ is not None else None
    return [kinds, [each(one) for one in error.args], state, cause]


def _state(error: BaseException) -> dict[str, Any]:
    """What it holds beside its args: its own attributes, and those that Python keeps apart."""
    kept = {name: one for name in _KEPT if (one := getattr(error, name, None)) is not None}
    return {**kept, **{key: one for key, one in vars(error).items() if not key.startswith("__")}}


# Of StopIteration, OSError, SystemExit, KeyError's kin and SyntaxError.
_KEPT = ("errno", "strerror", "filename", "code", "name", "obj", "value", "msg", "lineno", "offset")


def unpack(each: Each, kinds: Any, args: Any, state: Any, cause: Any) -> BaseException:
    """The exception again; of a class that is known here, or of one made like it."""
    kind = _kind([(str(module), str(name)) for module, name in kinds])
    made = tuple(each(one) for one in args)
    # Python's own set up what they show when they are called; the others need not be called.
    error = kind(*made) if kind.__module__ == "builtins" else kind.__new__(kind, *made)
    error.args = made
    _set(error, {str(key): each(one) for key, one in state})
    if cause is not None and isinstance(found := each(cause), BaseException):
        error.__cause__ = found
    return error


def _set(error: BaseException, state: dict[str, Any]) -> None:
    for key, value in state.items():
        if key.startswith(("__", "_render")):
            continue
        try:
            setattr(error, key, value)
        except (AttributeError, TypeError):
            continue  # one that Python sets itself


def update(error: BaseException, other: BaseException) -> None:
    """Give an exception what another one has: the answer changed it where it was passed."""
    error.args = other.args
    for key in set(vars(error)) - set(vars(other)):
        delattr(error, key)
    _set(error, vars(other))
    error.__cause__ = other.__cause__


def _kind(kinds: list[tuple[str, str]]) -> type[BaseException]:
    for position, (module, name) in enumerate(kinds):
        known = _known(module, name)
        if known is None:
            continue
        if position == 0:
            return known
        # A class of the answer's own, or one that botocore makes for each client.
        first, own = kinds[0]
        return type(own.rpartition(".")[2][:100] or "Exception", (known,), {"__module__": first})
    raise ValueError("no exception")


def _known(module: str, name: str) -> type[BaseException] | None:
    """A class of that name, if it is an exception of a module that both sides have."""
    if module in KNOWN:
        importlib.import_module(module)
    elif not (module.startswith(OURS) and module in sys.modules) and module != "__main__":
        return None
    found = getattr(sys.modules.get(module, builtins), name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def way(error: BaseException, is_cell: Callable[[str], bool]) -> list[str]:
    """ "line 3 of f: code" for each step of an exception through cells, the outermost first."""
    found = []
    step: TracebackType | None
    for step in _steps(error.__traceback__):
        code = step.tb_frame.f_code
        if is_cell(code.co_filename):
            summary = traceback.FrameSummary(code.co_filename, step.tb_lineno, code.co_name)
            inside = "" if code.co_name == "<module>" else f" of {code.co_name}"
            found.append(f"line {step.tb_lineno}{inside}: {summary.line or ''}".rstrip(": "))
    return found[-MOST_STEPS:]


def _steps(step: TracebackType | None) -> Any:
    while step is not None:
        yield step
        step = step.tb_next
