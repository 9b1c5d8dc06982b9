"""Requests of somebody whose code must not run in this process.

While a check asks on behalf of an answer that lives in another process, the account does what the
answer wants, but takes no code from it: the functions of the account run here, beside the checks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from course.account.calls import Call
from course.account.errors import NotSimulated

_asking: ContextVar[bool] = ContextVar("a stranger is asking", default=False)

# What of a function's configuration says which code runs.
_CODE = ("Handler", "ImageConfig", "Layers", "Runtime")
_INSTEAD = "Change the settings of the functions that are there."
_REASON = "with code of an answer's own is not possible where this check runs."


@contextmanager
def asking() -> Iterator[None]:
    """What is asked in the block is asked by a stranger."""
    token = _asking.set(True)
    try:
        yield
    finally:
        _asking.reset(token)


def check(call: Call) -> None:
    """Refuse a stranger's request that brings code; NotSimulated names it."""
    if not _asking.get():
        return
    brings = _BRINGS.get((call.service, call.operation))
    if brings is not None and brings(call.parameters()):
        raise NotSimulated(f"{call.service}:{call.operation}", _INSTEAD, _REASON)


def _always(parameters: Mapping[str, Any]) -> bool:
    return True


def _another_code(parameters: Mapping[str, Any]) -> bool:
    return any(name in parameters for name in _CODE)


_BRINGS: dict[tuple[str, str], Callable[[Mapping[str, Any]], bool]] = {
    ("lambda", "CreateFunction"): _always,
    ("lambda", "UpdateFunctionCode"): _always,
    ("lambda", "PublishLayerVersion"): _always,
    ("lambda", "UpdateFunctionConfiguration"): _another_code,
    # A template can hide in many ways that it has a function.
    ("cloudformation", "CreateStack"): _always,
    ("cloudformation", "UpdateStack"): _always,
}
