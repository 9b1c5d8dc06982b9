"""Laws of `pattern`, `diff`, `anomaly` and `relevantfields`; AWS publishes no algorithm."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from course import insights
from course.insights.anomalies import modified_z, share_z
from course.insights.drain import cluster
from course.insights.pattern_rows import difference
from course.insights.ranges import back, just_before
from course.insights.relevance import distance, divergence, flattened
from course.insights.shapes import split
from course.insights.templates import Template
from tests.insights.test_injection import HOSTILE

EPOCH = 1_790_000_000_000
DETAILS = insights.Options(pattern_details=True)
calm = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
words = st.sampled_from(
    ["INFO", "error", "took", "ms", "ann", "bob", "cart", "v2", "x-7", "5", "-1.5", "10.0.0.1"]
    + ["2026-09-21T14:13:20Z", "8f0c2d3e-1111-2222-3333-444455556666", "é", '"a":', "<Number-1>"]
)
sentences = st.lists(words, max_size=6).map(" ".join)
odd = st.text(alphabet='ab01.-:,"{}<>[]()= \n\t/é\ue000\ue003', max_size=12)
lines = st.one_of(sentences, odd)
logs = st.lists(lines, min_size=1, max_size=12)


def events(messages: list[str], start: int = EPOCH) -> list[dict[str, Any]]:
    return [{"timestamp": start + i, "message": message} for i, message in enumerate(messages)]


def found(messages: list[str]) -> list[dict[str, str]]:
    return insights.search("pattern @message", events(messages), options=DETAILS).rows


def counts(messages: list[str]) -> Counter[str]:
    return Counter({row["@pattern"]: int(row["@sampleCount"]) for row in found(messages)})


@calm
@given(logs)
def test_ratios_add_up_to_one_and_counts_to_all_events(messages: list[str]) -> None:
    frame = insights.run("pattern @message", events(messages))
    assert frame["@sampleCount"].sum() == len(messages)
    assert frame["@ratio"].sum() == pytest.approx(1)
    assert frame["@sampleCount"].is_monotonic_decreasing


@calm
@given(logs, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter(messages: list[str], chance: random.Random) -> None:
    shuffled = list(messages)
    chance.shuffle(shuffled)
    assert counts(messages) == counts(shuffled)


@calm
@given(logs)
def test_the_same_log_twice_has_the_same_patterns(messages: list[str]) -> None:
    once, twice = counts(messages), counts(messages + messages)
    assert twice == once + once


@calm
@given(logs)
@example(["a 5", "<Number-1> 5", "5 5"])
def test_every_event_meets_the_regex_of_its_pattern(messages: list[str]) -> None:
    for row in found(messages):
        for sample in json.loads(row["@logSamples"]):
            assert re.fullmatch(row["@regexString"], sample["logEvent"], re.DOTALL)


@calm
@given(logs)
def test_tokens_count_every_event_and_spell_the_pattern(messages: list[str]) -> None:
    for row in found(messages):
        tokens = json.loads(row["@tokens"])
        spelled = [
            f"<{t['inferredTokenName']}>" if t["isDynamic"] else t["tokenString"] for t in tokens
        ]
        assert "".join(spelled) == row["@pattern"]
        places = [t["dynamicTokenPosition"] for t in tokens if t["isDynamic"]]
        assert places == list(range(1, len(places) + 1))
        for token in tokens:
            if token["isDynamic"] and len(token["enumerations"]) < 10:
                assert sum(token["enumerations"].values()) == int(row["@sampleCount"])


@calm
@given(logs)
def test_histograms_count_every_event(messages: list[str]) -> None:
    for row in found(messages):
        assert sum(json.loads(row["@visualization"]).values()) == int(row["@sampleCount"])


def _shapes(messages: list[str]) -> dict[str, str]:
    """line -> shape, by the engine's own SQL."""
    from course.insights.database import connection

    ask = connection().execute
    return {m: ask("SELECT line_shape(?)", [m]).fetchall()[0][0] for m in messages}


@calm
@given(logs)
def test_clusters_share_out_the_shapes_and_give_back_the_lines(messages: list[str]) -> None:
    shape_of = _shapes(messages)
    clusters = cluster(Counter(shape_of[m] for m in messages).items())
    members = [shape for each in clusters for shape in each.members]
    assert sorted(members) == sorted(set(shape_of.values()))
    for each in clusters:
        template = Template(each)
        for message in [m for m in messages if shape_of[m] in each.members]:
            given_back = iter(template.line(0, message, shape_of[message]).values)
            pieces = [p if isinstance(p, str) else next(given_back) for p in template.pieces]
            assert "".join(pieces) == message
            assert next(given_back, None) is None


@calm
@given(odd)
def test_splitting_loses_nothing(shape: str) -> None:
    parts, separators = split(shape)
    assert "".join(w + s for w, s in zip(parts, (*separators, ""), strict=True)) == shape


def test_a_message_of_nothing_is_a_pattern_too() -> None:
    assert counts(["", ""]) == {"": 2}


def test_many_kinds_of_lines_keep_apart() -> None:
    kinds = [f"{a} {b} was {c}" for a in ("cart", "order") for b in ("one", "two") for c in "xyz"]
    assert sum(counts(kinds).values()) == len(kinds)
    assert {p.split()[0] for p in counts(kinds)} == {"cart", "order"}


# two ranges ---------------------------------------------------------------------------------
def compared(now: list[str], before: list[str], query: str) -> dict[str, tuple[int, int, int]]:
    back = 3_600_000 if "logcompare" in query else 1000
    both = events(before, EPOCH - back) + events(now)
    rows = insights.search(query, both, start=EPOCH, end=EPOCH + 999).rows
    names = ("@sampleCount", "@baselineCount", "@difference")
    return {row["@pattern"]: tuple(int(row[n]) for n in names) for row in rows}  # type: ignore[misc]


@calm
@given(logs, logs, st.sampled_from(["pattern @message | diff", "logcompare timeshift 1h"]))
def test_a_difference_turns_round_with_its_ranges(
    now: list[str], before: list[str], query: str
) -> None:
    there, returned = compared(now, before, query), compared(before, now, query)
    assert there == {p: (b, a, -d) for p, (a, b, d) in returned.items()}
    assert sum(a for a, _, _ in there.values()) == len(now)
    assert sum(b for _, b, _ in there.values()) == len(before)
    assert all(a - b == d for a, b, d in there.values())


@given(st.integers(EPOCH, EPOCH + 10**10), st.integers(0, 10**9))
def test_ranges_keep_their_length(start: int, length: int) -> None:
    whole = (start, start + length)
    for unit in ("minute", "day", "week", "month", "quarter", "year"):
        first, last = back(1, unit)(whole)
        assert last - first == length and first < start
    assert just_before(whole) == (start - length - 1, start - 1)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [(3, 0, "New pattern"), (0, 3, "No longer seen"), (3, 3, "No change")]
    + [(3, 2, "Increased by 50%"), (1, 2, "Decreased by 50%")],
)
def test_differences_in_words(now: int, before: int, words: str) -> None:
    assert difference(now, before) == words


def test_a_long_way_back_in_months_is_still_a_range() -> None:
    events_ = events(["a"])
    query = "logcompare timeshift 1000000y"
    assert insights.search(query, events_, start=EPOCH).rows[0]["@baselineCount"] == "0"


# anomaly ------------------------------------------------------------------------------------
@calm
@given(logs)
def test_anomaly_keeps_every_pattern_and_field(messages: list[str]) -> None:
    plain = insights.search("pattern @message", events(messages))
    judged = insights.search("pattern @message | anomaly", events(messages))
    assert judged.columns[: len(plain.columns)] == plain.columns
    for before, after in zip(plain.rows, judged.rows, strict=True):
        assert before.items() <= after.items()
        assert 0 < float(after.get("@anomalyScore", 1)) <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), st.floats(-1e6, 1e6))
def test_a_value_in_the_middle_is_not_far_off(usual: list[float], value: float) -> None:
    assert modified_z([*usual, *usual], sorted(usual)[len(usual) // 2]) == 0 or len(usual) % 2 == 0
    far, farther = modified_z(usual, max(usual) + 1), modified_z(usual, max(usual) + 2)
    assert 0 < far < farther


@given(st.integers(0, 9), st.integers(0, 9))
def test_shares_that_are_alike_do_not_differ(first: int, second: int) -> None:
    assert share_z(first, 9, first, 9) == 0
    assert (share_z(first, 9, second, 9) > 0) == (second > first)


# relevantfields -----------------------------------------------------------------------------
leaves = st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["x", "y", ""]))
documents = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "c"]), leaves), min_size=1, max_size=12
)


@calm
@given(documents, st.randoms(use_true_random=False))
def test_relevance_lies_between_0_and_1_whatever_the_order(
    bodies: list[dict[str, Any]], chance: random.Random
) -> None:
    query = "relevantfields where a > 0"
    messages = [json.dumps(body) for body in bodies]
    rows = insights.search(query, events(messages)).rows
    assert all(0 <= float(row["@relevanceScore"]) <= 1 for row in rows)
    assert "a" not in [row["@fieldName"] for row in rows]
    chance.shuffle(messages)
    assert insights.search(query, events(messages)).rows == rows


@given(st.lists(st.integers(0, 4), min_size=1), st.lists(st.integers(0, 4), min_size=1))
def test_the_distance_is_one(first: list[int], second: list[int]) -> None:
    a, b = sorted(map(float, first)), sorted(map(float, second))
    assert distance(a, a) == 0 and distance(a, b) == distance(b, a) <= 1
    assert distance(a, [value + 10 for value in a]) == 1


def test_the_divergence_of_likes_is_0_and_of_strangers_1() -> None:
    assert divergence([(0.5, 0.5), (0.5, 0.5)]) == 0
    assert divergence([(1.0, 0.0), (0.0, 1.0)]) == 1
    assert 0 < divergence([(0.9, 0.1), (0.1, 0.9)]) < 1


def test_a_document_is_flattened_as_the_engine_does() -> None:
    text = '{"a": {"b": [1, {"c": true}]}, "@x": "y", "n": null, "f": 2.0, "g": 2.5}'
    assert flattened(text) == [
        ("a.b.0", "1"),
        ("a.b.1.c", "1"),
        ("@@x", "y"),
        ("f", "2"),
        ("g", "2.5"),
    ]
    assert len(flattened(json.dumps({f"k{i}": i for i in range(300)}))) == 200
    assert flattened("{") == []


# the seam -----------------------------------------------------------------------------------
def test_explain_shows_both_sides_of_the_seam() -> None:
    sql = insights.explain("filter level = 'ERROR' | pattern @message | diff | sort @pattern")
    first, second = sql.split("\n\nWITH ")
    assert first.startswith("-- Table step_1_pattern, made in Python: the lines of each pattern")
    assert "two time ranges (diff)" in first
    assert "stage_1_filter AS (" in first and "line_shape(" in first
    assert second.startswith("step_1_pattern AS (") and "stage_2_sort AS (" in second
    assert "log_events" in first and "log_events" not in second


def test_statistics_count_the_events_and_not_the_patterns() -> None:
    query = "filter @message like 'tick' | pattern @message"
    statistics = insights.search(query, events(["tick 1", "tick 2", "tock"])).statistics
    assert statistics["recordsMatched"] == 2
    assert statistics["recordsScanned"] == 3
    assert statistics["resultCount"] == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_a_pattern_is_data_and_never_sql(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    name = "`" + text + "`"
    log = [{"timestamp": EPOCH + i, "message": json.dumps({text: text})} for i in range(2)]
    for query in (f"pattern {name}", f"pattern concat({quoted}, '')"):
        (row,) = insights.search(query, log, options=DETAILS).rows
        assert row["@sampleCount"] == "2"
        assert re.fullmatch(row["@regexString"], text), query
    assert insights.search(f"pattern @message | filter @pattern = {quoted}", log).rows == []
    for query in (
        f"relevantfields {name} where {name} = {quoted}",
        f"relevantfields where {name} > 0",
    ):
        assert insights.search(query, log).rows == []


def test_a_file_is_read_like_a_list(tmp_path: Any) -> None:
    messages = [f"INFO request {i} took {i * 7} ms" for i in range(20)] + ["ERROR disk full"]
    path = tmp_path / "log.ndjson"
    path.write_text("".join(json.dumps(event) + "\n" for event in events(messages)))
    for query in ("pattern @message | anomaly", "relevantfields where @message like 'ERROR'"):
        assert insights.search(query, path).rows == insights.search(query, events(messages)).rows


def test_twenty_thousand_lines_become_few_patterns() -> None:
    chance = random.Random(7)
    some = ("GET", "PUT"), ("ann", "bob", "cid", "dan"), ("cart", "order")
    messages = [
        f"2026-09-21T14:13:20.{i % 1000:03d}Z {chance.choice(['INFO', 'ERROR'])} request "
        f"{chance.choice(some[0])} by {chance.choice(some[1])} for {chance.choice(some[2])}-{i} "
        f"took {chance.randrange(900)} ms"
        for i in range(20_000)
    ]
    frame = insights.run("pattern @message", events(messages))
    assert len(frame) == 2 and frame["@sampleCount"].sum() == 20_000
    assert sorted(frame["@severityLabel"]) == ["ERROR", "INFO"]
