"""Any text ends in a tree or in a QueryError that points into it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from course import insights
from course.insights import nodes
from course.insights.refusals import COMMANDS

PIECES = (
    *("fields", "display", "filter", "where", "parse", "sort", "limit", "stats", "dedup", "by"),
    *("as", "asc", "desc", "and", "or", "not", "like", "in", "|", ",", "(", ")", "[", "]", "="),
    *("!=", "<", ">=", "=~", "+", "-", "*", "/", "%", "^", "!", ".", '"a"', "'b'", "/c/", "5"),
    *("1.5", "5m", "@message", "@timestamp", "a.0.b", "`x-y`", "count", "count(*)", "bin(5m)"),
    *("SOURCE", "join", "left=a", "right=b", "a.x", "b.x", "lookup", "OUTPUT", "in (", "accum"),
    *("addtotals", "filldown", "a*", "fillmissing", "with", "for", "outlier", "sessionize"),
    *("pattern", "diff", "previousDay", "anomaly", "logcompare", "timeshift", "relevantfields"),
    *("maxspan", "appendcols", "autoregress", "p=1-3", "estimate", "logGroups(", "filterIndex"),
    *("ispresent(", "true", "#", "\n", "`", '"', "'", "\\", "$", "é", "{{x}}"),
)
soup = st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)


def _accepts_or_explains(text: str) -> None:
    try:
        tree = insights.parse(text)
        insights.explain(text)
    except insights.QueryError as error:
        assert 0 <= error.start <= len(text)
        assert error.start <= error.end
        assert error.line >= 1 and error.column >= 1
        assert error.message in str(error)
    else:
        assert isinstance(tree, nodes.Query)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=60), soup, soup.map(lambda s: f"fields a | {s}")))
@example("fields a | filter b like /")
@example("filter " + "(" * 4_000 + "a" + ")" * 4_000)
@example("filter " + "not " * 2_000 + "a")
@example("fields " + "-" * 5_000 + "a")
@example("fields " + "abs(" * 1_500 + "a" + ")" * 1_500)
@example("fields 1" + "+1" * 4_900)
@example("filter " + " or ".join(["a = 1"] * 1_100))
@example("filter a like /" + "(" * 3_000 + ")" * 3_000 + "/")
@example("filter a like /\\Q/")
@example("fields a\x00b")
@example("fields '\ud800'")
def test_any_text(text: str) -> None:
    _accepts_or_explains(text)


def test_a_long_chain_of_conditions_runs() -> None:
    query = "filter " + " or ".join(f"a = {i}" for i in range(150)) + " | fields a"
    events = [{"timestamp": 1, "message": '{"a": 149}'}, {"timestamp": 2, "message": '{"a": 150}'}]
    assert [row["a"] for row in insights.search(query, events).rows] == ["149"]


def test_a_query_has_at_most_ten_thousand_characters() -> None:
    with pytest.raises(insights.QueryError, match="at most 10,000 characters"):
        insights.parse("fields a" + " " * 10_000)


def test_an_error_shows_the_line_and_a_caret() -> None:
    with pytest.raises(insights.QueryError) as caught:
        insights.parse("fields a\n\t| limt 5")
    assert str(caught.value).split("\n") == [
        "`limt` is not a Logs Insights command (line 2, column 4)",
        "  \t| limt 5",
        "  \t  ^^^^",
        "Did you mean `limit`?",
        "Example: limit 20",
    ]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_the_examples_of_the_commands_run(command: str) -> None:
    insights.explain(COMMANDS[command])
