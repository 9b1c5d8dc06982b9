"""The AWS/Lambda metrics: counted as things happen, one record per metric and minute.

"Types of metrics for Lambda functions" and "Viewing metrics on functions": an invocation counts in
the minute in which it started, Errors and Throttles are 0 for what went well; metrics exist by
function, by function and qualifier (Resource, with ExecutedVersion for an alias), and over all
functions of the Region.
"""

from __future__ import annotations

from collections.abc import Iterator

from course.account.functions.configured import Function
from course.account.region import Region
from course.account.tally import Dimensions, Tally

NAMESPACE = "AWS/Lambda"


class Metering(Tally):
    """Adds values to the records of a Region's minutes, which its metric store then shows."""

    def __init__(self, region: Region) -> None:
        super().__init__(region, NAMESPACE)

    def of(self, function: Function, at: float, **values: float) -> None:
        """Count values of a function under each of its dimensions; units follow from names."""
        for dimensions in scopes(function):
            for name, value in values.items():
                self.add(at, name, value, _unit(name), dimensions)

    def by_name(self, function: str, at: float, **values: float) -> None:
        """Count values that exist by function name alone."""
        for name, value in values.items():
            self.add(at, name, value, _unit(name), (("FunctionName", function),))

    def region_wide(self, at: float, **values: float) -> None:
        """Count values that exist over all functions alone."""
        for name, value in values.items():
            self.add(at, name, value, _unit(name), ())


def _unit(name: str) -> str:
    if name.endswith(("Age", "Duration")):
        return "Milliseconds"
    return "None" if name.endswith("Utilization") else "Count"


def scopes(function: Function) -> Iterator[Dimensions]:
    """The dimension sets under which an invocation is counted."""
    yield ()
    yield (("FunctionName", function.name),)
    if function.alias is not None:
        resource = ("Resource", f"{function.name}:{function.alias}")
        yield (("FunctionName", function.name), resource)
        executed = ("ExecutedVersion", function.version)
        yield (executed, ("FunctionName", function.name), resource)
    elif function.version != "$LATEST":
        resource = ("Resource", f"{function.name}:{function.version}")
        yield (("FunctionName", function.name), resource)
