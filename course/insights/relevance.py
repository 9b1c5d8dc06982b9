"""`relevantfields`: which fields differ most between the events that meet a condition and the rest.

Source: CloudWatch Logs User Guide, "relevantfields", for the syntax and the names of the output.
The score is not published; ours lies in 0 to 1 as AWS's does:
- a field whose values are all numbers: the two-sample Kolmogorov-Smirnov statistic, the largest
  distance between the two distribution functions;
- any other field: the Jensen-Shannon divergence, base 2, of the two distributions of values, events
  without the field counting as one more value (Lin, "Divergence Measures Based on the Shannon
  Entropy", 1991). Values that stand in one event only (ids) count as one value together.
Choices: without a list the fields are the leaves of the events' JSON (at most 200 an event), the
log group and stream, and what Lambda's lines, VPC flow logs and Route 53 have; those that the
condition itself names are left out. A list takes discovered and system fields only, as users
report of the service. The contributors are the three values with the greatest shift, as JSON with
both frequencies. No row comes out when all events meet the condition, or none.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlglot import exp

from course.insights import fields, nodes
from course.insights.errors import QueryError
from course.insights.expressions import Expressions
from course.insights.hoist import names_in
from course.insights.line_fields import in_line
from course.insights.pattern_nodes import RelevantFields
from course.insights.pipeline import Ordering, Pipeline, column, table
from course.insights.rows import count_here
from course.insights.seam import Range, Rows, Table
from course.insights.values import Kind, Sql, Value, call, text, try_cast

NAMES = (
    "@fieldName",
    "@relevanceScore",
    "@topRelevanceContributors",
    "@conditionalMedian",
    "@baselineMedian",
)
TEXTS = ("@fieldName", "@topRelevanceContributors")
MOST_FIELDS = 200
MOST_CONTRIBUTORS = 3
_ALWAYS = ("@logStream", "@log", *fields.LAMBDA)


@dataclass(frozen=True)
class RelevanceStep:
    """`listed` are the fields to judge; with `discover`, also every leaf of the JSON documents
    but those named in `left_out`."""

    source: str
    condition: Sql
    listed: dict[str, Sql]
    discover: bool
    left_out: frozenset[str]

    baseline = None
    about = "how far each field differs between the events that meet the condition and the rest"

    @property
    def columns(self) -> dict[str, str]:
        return {name: "TEXT" if name in TEXTS else "DOUBLE" for name in NAMES}

    def reads(self) -> Sql:
        met = call("coalesce", self.condition, exp.false())
        whole = [try_cast(column("#json"), "TEXT"), column("@message")]
        parts = [met, *(whole if self.discover else ()), *self.listed.values()]
        named = [exp.alias_(sql.copy(), f"v{i}") for i, sql in enumerate(parts)]
        return exp.select(*named).from_(table(self.source))

    def work(self, rows: list[Rows], whole: Range) -> Table:
        sides: tuple[dict[str, Counter[str]], ...] = ({}, {})
        sizes = [0, 0]
        for met, *values in rows[0]:
            side = sides[0 if met else 1]
            sizes[0 if met else 1] += 1
            for name, value in self._fields(values):
                side.setdefault(name, Counter())[value] += 1
        names = {**sides[0], **sides[1]} if 0 not in sizes else {}
        found = [_judged(name, sides, sizes) for name in names]
        return {name: [row.get(name) for row in found] for name in NAMES}

    def _fields(self, values: list[Any]) -> Iterator[tuple[str, str]]:
        if self.discover:
            document, message, *values = values
            leaves = in_line(message) if document is None else flattened(document)
            yield from (leaf for leaf in leaves if leaf[0] not in self.left_out)
        for name, value in zip(self.listed, values, strict=True):
            if value is not None:
                yield name, value


def add_relevant_fields(pipeline: Pipeline, stage: RelevantFields) -> None:
    if pipeline.aggregated:
        raise QueryError(
            "`relevantfields` reads log events, and here there are none any more",
            span=stage.span,
            example="filter route = '/cart' | relevantfields where status >= 500",
        )
    _refuse_made(pipeline, stage.fields)
    condition = Expressions(pipeline).condition(stage.condition)
    named = frozenset(node.name for node in names_in(stage.condition))
    wanted = {field.name: field for field in stage.fields}
    if not wanted:
        always = [name for name in _ALWAYS if name not in named]
        wanted = {name: nodes.Field((name,), stage.span) for name in always}
    listed = {name: text(pipeline.resolve(field)).copy() for name, field in wanted.items()}
    count_here(pipeline)
    step = RelevanceStep(pipeline.last, condition.copy(), listed, not stage.fields, named)
    pipeline.add_step("relevantfields", step)
    _name_columns(pipeline)


def _refuse_made(pipeline: Pipeline, listed: tuple[nodes.Field, ...]) -> None:
    for field in listed:
        if field.name in pipeline.made:
            raise QueryError(
                f"`{field.name}` was made by an earlier stage; `relevantfields` takes fields of"
                " the events",
                span=field.span,
                example="relevantfields @logStream, route where status >= 500",
            )


def _name_columns(pipeline: Pipeline) -> None:
    """From here on only the step's names exist."""
    kinds = {name: Kind.TEXT if name in TEXTS else Kind.NUMBER for name in NAMES}
    made = {name: Value(column(name), kind) for name, kind in kinds.items()}
    pipeline.start_over(made, list(NAMES))
    pipeline.ordering = [
        Ordering(column("@relevanceScore"), True),
        Ordering(column("@fieldName"), False),
    ]


# one event ----------------------------------------------------------------------------------
def flattened(document: str) -> list[tuple[str, str]]:
    """The leaves of a JSON object as Logs Insights names and prints them, the first 200."""
    try:
        whole = json.loads(document)
    except (ValueError, RecursionError):
        return []
    found: list[tuple[str, str]] = []
    waiting = [("", whole)]
    while waiting and len(found) < MOST_FIELDS:
        name, value = waiting.pop()
        if isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            inside = [(f"{name}.{key}" if name else str(key), item) for key, item in items]
            waiting += reversed(inside)
        elif value is not None:
            shown = ("@" + name) if name.startswith("@") else name
            found.append((shown, _printed(value)))
    return found


def _printed(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value)


# one field ----------------------------------------------------------------------------------
def _judged(
    name: str, sides: tuple[dict[str, Counter[str]], ...], sizes: list[int]
) -> dict[str, Any]:
    met, rest = (side.get(name, Counter()) for side in sides)
    numbers = [_numbers(met), _numbers(rest)]
    if numbers[0] and numbers[1]:
        return {
            "@fieldName": name,
            "@relevanceScore": distance(numbers[0], numbers[1]),
            "@conditionalMedian": median(numbers[0]),
            "@baselineMedian": median(numbers[1]),
        }
    shares = _shares(met, rest, sizes)
    return {
        "@fieldName": name,
        "@relevanceScore": divergence([pair for _, pair in shares]),
        "@topRelevanceContributors": _contributors(shares),
    }


def _numbers(counts: Counter[str]) -> list[float] | None:
    """The values as sorted numbers; None when one of them is no number."""
    try:
        found = {text: float(text) for text in counts}
    except ValueError:
        return None
    if not all(math.isfinite(number) and "_" not in text for text, number in found.items()):
        return None
    return sorted(found[text] for text, count in counts.items() for _ in range(count))


def distance(first: list[float], second: list[float]) -> float:
    """The Kolmogorov-Smirnov statistic of two sorted samples: 0 when alike, 1 when apart."""
    i = j = 0
    largest = 0.0
    while i < len(first) and j < len(second):
        at = min(first[i], second[j])
        while i < len(first) and first[i] == at:
            i += 1
        while j < len(second) and second[j] == at:
            j += 1
        largest = max(largest, abs(i / len(first) - j / len(second)))
    return largest


Shares = list[tuple[str | None, tuple[float, float]]]


def _shares(met: Counter[str], rest: Counter[str], sizes: list[int]) -> Shares:
    """How often each value stands on each side; None is missing, "" all that stand but once."""
    rare = [value for value in {**met, **rest} if met[value] + rest[value] == 1]
    counts: dict[str | None, tuple[int, int]] = {
        value: (met[value], rest[value]) for value in {**met, **rest}
    }
    if len(rare) > 1:
        for value in rare:
            del counts[value]
        counts[""] = (sum(met[v] for v in rare), sum(rest[v] for v in rare))
    counts[None] = (sizes[0] - met.total(), sizes[1] - rest.total())
    return [(value, (a / sizes[0], b / sizes[1])) for value, (a, b) in counts.items()]


def divergence(shares: list[tuple[float, float]]) -> float:
    """The Jensen-Shannon divergence, base 2, of two distributions given value by value."""
    total = 0.0
    for a, b in shares:
        middle = (a + b) / 2
        total += sum(share / 2 * math.log2(share / middle) for share in (a, b) if share)
    return min(1.0, max(0.0, total))


def _contributors(shares: Shares) -> str:
    named = [(value, pair) for value, pair in shares if value]
    named.sort(key=lambda each: (-abs(each[1][0] - each[1][1]), each[0]))
    shown = [
        {"value": value, "conditional": round(a, 4), "baseline": round(b, 4)}
        for value, (a, b) in named[:MOST_CONTRIBUTORS]
    ]
    return json.dumps(shown)
