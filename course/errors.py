"""The one exception that reaches the command line: a mistake of the user, told in one line."""

from __future__ import annotations


class UserError(Exception):
    """What is wrong and what to do, in one line. `status` is the exit status: 2 for wrong usage."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it."""
        return [f"course: {self}"]
