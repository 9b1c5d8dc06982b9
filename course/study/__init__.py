"""The student's side: what a notebook needs to be checked and to explain itself.

In a notebook: `from course.study import check, hint, solution, progress`. Naming one of them starts
the process that checks answers, so that it is warm when the first answer is there; importing
another part of this package, as lessons and graded notebooks do, starts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .overview import progress
    from .tutor import check, hint, solution

__all__ = ["check", "hint", "progress", "solution"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"course.study has no {name!r}; it has {', '.join(__all__)}")
    from . import judging, overview, tutor

    if name == "check":
        judging.warm()
    return getattr(overview if name == "progress" else tutor, name)


def __dir__() -> list[str]:
    return __all__
