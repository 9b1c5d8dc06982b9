"""The engine and a slow interpreter of the same tree give the same rows for any query."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from course import insights
from tests.insights.interpreter import interpret

FIELDS = ("a", "b", "c")
words = st.sampled_from(["x", "x2", "x10", "", "5", "05", "7.5", "-1", "5A", "é", "nan", "1_0"])
halves = st.integers(-20, 20).map(lambda n: n / 2)
leaves = st.one_of(st.none(), st.booleans(), halves, words)
messages = st.dictionaries(st.sampled_from(FIELDS), leaves, max_size=3)
names = st.sampled_from(FIELDS)
literals = st.one_of(
    st.integers(-3, 12).map(str),
    st.sampled_from(["0.5", "7.5", "'x'", "'5'", "'x10'", "''", "true", "false"]),
)
terms = st.one_of(
    names,
    literals,
    names.map(lambda n: f"abs({n})"),
    names.map(lambda n: f"strlen({n})"),
    names.map(lambda n: f"toupper({n})"),
    st.builds("coalesce({}, {})".format, names, names),
    st.builds("({} {} {})".format, names, st.sampled_from("+-*/%"), names),
)
comparisons = st.one_of(
    st.builds("{} {} {}".format, terms, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), terms),
    st.builds(
        "{} {} [{}, {}]".format, names, st.sampled_from(["in", "not in"]), literals, literals
    ),
    st.builds("{} {} '{}'".format, names, st.sampled_from(["like", "not like"]), words),
    names.map(lambda n: f"ispresent({n})"),
    names.map(lambda n: f"isempty({n})"),
    names,
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["and", "or"]), inner),
        inner.map(lambda c: f"not ({c})"),
    ),
    max_leaves=4,
)
filters = conditions.map(lambda c: f"filter {c}")
computed = st.one_of(terms, conditions.map(lambda c: f"if({c}, 'yes', 'no')"))
sorts = st.lists(
    st.builds("{} {}".format, names, st.sampled_from(["", "asc", "desc"])), min_size=1, max_size=2
).map(lambda keys: "sort " + ", ".join(keys))
limits = st.integers(1, 4).map(lambda n: f"limit {n}")
dedups = st.lists(names, min_size=1, max_size=2, unique=True).map(lambda f: "dedup " + ", ".join(f))
summaries = st.one_of(
    st.just("count(*)"),
    st.builds(
        "{}({})".format,
        st.sampled_from(
            ["count", "count_distinct", "sum", "avg", "min", "max", "earliest", "latest"]
        ),
        names,
    ),
    st.builds("pct({}, {})".format, names, st.sampled_from([0, 10, 50, 90, 99, 100])),
    st.builds("sum({})".format, conditions),
    st.builds("max({}) - min({})".format, names, names),
)
groupings = st.one_of(st.just(""), names.map(" by {}".format), st.just(" by a, b"))


@st.composite
def row_queries(draw: Any) -> str:
    stages = draw(st.lists(filters, max_size=2))
    stages.append(f"fields a, b, c, {draw(computed)} as made")
    stages += draw(st.lists(st.one_of(sorts, limits, filters), max_size=3))
    return " | ".join(stages + draw(st.lists(dedups, max_size=1)))


@st.composite
def summary_queries(draw: Any) -> str:
    stages = draw(st.lists(filters, max_size=1))
    items = draw(st.lists(summaries, min_size=1, max_size=3))
    named = ", ".join(f"{item} as s{i}" for i, item in enumerate(items))
    stages.append(f"stats {named}{draw(groupings)}")
    if draw(st.booleans()):
        stages.append(f"sort s0 {draw(st.sampled_from(['', 'desc']))}")
    return " | ".join(stages)


def _agree(query: str, bodies: list[dict[str, Any]], times: list[int]) -> None:
    events = [
        {"timestamp": 1_790_000_000_000 + time, "message": json.dumps(body)}
        for body, time in zip(bodies, times, strict=False)
    ]
    rows = insights.search(query, events).rows
    got = [{k: v for k, v in row.items() if k != "@ptr"} for row in rows]
    assert got == interpret(insights.parse(query), events), query


bodies = st.lists(messages, max_size=8)
moments = st.lists(st.integers(0, 5), min_size=8, max_size=8)
calm = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


@calm
@given(row_queries(), bodies, moments)
@example("fields a, b, c, a as made | sort a", [{"a": "05"}, {"a": 5}, {"a": "5"}], [0] * 8)
def test_rows(query: str, bodies: list[dict[str, Any]], times: list[int]) -> None:
    _agree(query, bodies, times)


@calm
@given(summary_queries(), bodies, moments)
def test_summaries(query: str, bodies: list[dict[str, Any]], times: list[int]) -> None:
    _agree(query, bodies, times)
