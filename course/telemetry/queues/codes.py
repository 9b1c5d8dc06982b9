"""The errors of SQS, by the names that its model gives them."""

from __future__ import annotations

from course.telemetry.errors import RuleError


def invalid(value: object, parameter: str, reason: str) -> RuleError:
    """The error for a parameter's value that SQS does not take."""
    return RuleError(
        "InvalidParameterValue",
        f"Value {value} for parameter {parameter} is invalid. Reason: {reason}",
    )


def missing(parameter: str) -> RuleError:
    """The error for a parameter that is needed here."""
    return RuleError("MissingParameter", f"The request must contain the parameter {parameter}.")


def between(value: int, lowest: int, highest: int, parameter: str) -> int:
    """The value; RuleError outside of its range."""
    if not lowest <= value <= highest:
        raise invalid(value, parameter, f"Must be between {lowest} and {highest}, if provided.")
    return value
