"""The errors that the rules raise: AWS's error code and one sentence about the mistake."""

from __future__ import annotations


class RuleError(ValueError):
    """AWS would refuse this.

    code: the service's error code, for example "ValidationError" or "InvalidParameterException".
    message: one sentence, without the code. position: where in a text the trouble stands, counted
    from 0; None where there is no text to point into.
    """

    def __init__(self, code: str, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return self.message


class NotSupported(RuleError):
    """AWS knows this and the simulation does not; the message says what to use instead."""

    def __init__(self, what: str, instead: str, position: int | None = None) -> None:
        super().__init__("NotSimulated", f"{what} is not simulated. {instead}", position)


def point_at(text: str, position: int, problem: str) -> str:
    """The problem in one sentence with the line and a caret under the place it names."""
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].split("\n", 1)[0]
    return f"{problem} (at character {position + 1})\n  {line}\n  {' ' * (position - start)}^"
