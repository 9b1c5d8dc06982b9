"""Laws of the commands over several tables and over sequences of rows, for any small data."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import insights
from course.insights.parser import parse
from tests.insights.interpreter import interpret
from tests.insights.test_injection import HOSTILE

START = 1_790_000_000_000
GROUPS: dict[str, Any] = {"l": {}, "r": {}}
calm = settings(max_examples=40, deadline=None, derandomize=True)
keys = st.sampled_from(["a", "b", "5", None])
numbers = st.one_of(st.none(), st.integers(-20, 20), st.sampled_from(["x", "7.5"]))
bodies = st.lists(st.fixed_dictionaries({"k": keys, "v": numbers, "w": numbers}), max_size=9)


def _events(rows: list[dict[str, Any]], group: str = "g") -> list[dict[str, Any]]:
    return [
        {"timestamp": START + 1000 * i, "message": json.dumps(row), "logGroupName": group}
        for i, row in enumerate(rows)
    ]


def _rows(query: str, events: Any, **arguments: Any) -> list[dict[str, str]]:
    found = insights.search(query, events, **arguments).rows
    return [{k: v for k, v in row.items() if k != "@ptr"} for row in found]


# against the slow interpreter -----------------------------------------------------------------
sequences = st.one_of(
    st.just("accum v"),
    st.just("accum v as total"),
    st.just("autoregress v"),
    st.just("autoregress v p=1-3"),
    st.just("autoregress v as before p=2"),
    st.just("filldown"),
    st.just("filldown v"),
    st.just("filldown v* k"),
    st.just("addtotals v, w"),
    st.just("addtotals row=false col=true v"),
    st.just("addtotals fieldname=both col=true v w"),
    st.just("countFrequent k, v"),
    st.just("outlier action=remove param=0.5 v"),
    st.just("outlier param=0.5 uselower=true v"),
    st.integers(1, 4).map("tail {}".format),
)
before = st.sampled_from(["", "sort v | ", "sort w desc | ", "filter ispresent(v) | "])


@calm
@given(before, sequences, st.sampled_from(["", " | tail 3", " | limit 2"]), bodies)
def test_sequences(first: str, command: str, last: str, rows: list[dict[str, Any]]) -> None:
    if command.startswith("countFrequent") and first.startswith("sort"):
        first = ""
    query = f"{first}fields k, v, w | {command}{last}"
    events = _events(rows)
    assert _rows(query, events) == interpret(parse(query), events), query


# laws -----------------------------------------------------------------------------------------
@calm
@given(bodies, bodies)
def test_a_join_is_the_pairs_that_agree(left: list[Any], right: list[Any]) -> None:
    events = _events(left, "l") + _events(right, "r")
    pairs = sum(1 for a in left for b in right if a["k"] is not None and str(a["k"]) == str(b["k"]))
    joined = 'SOURCE l | join type={} left=a right=b where a.k = b.k (SOURCE "r" | fields k)'
    inner, outer = (
        _rows(joined.format(kind), events, catalog=GROUPS) for kind in ("inner", "left")
    )
    assert len(inner) == pairs
    partners = {b["k"] for b in right} - {None}
    alone = sum(1 for a in left if a["k"] not in partners)
    assert len(outer) == pairs + alone


@calm
@given(bodies, bodies)
def test_a_sub_query_and_its_opposite_share_out_the_rows(left: list[Any], right: list[Any]) -> None:
    events = _events(left, "l") + _events(right, "r")
    inner = "(SOURCE r | fields k)"
    taken = _rows(f"SOURCE l | filter k in {inner} | fields k", events, catalog=GROUPS)
    opposite = f"SOURCE l | filter k not in {inner} | fields k"
    left_out = _rows(opposite, events, catalog=GROUPS)
    known = {b["k"] for b in right}
    assert all(row["k"] in known for row in taken)
    assert not any(row["k"] in known for row in left_out)
    assert len(taken) + len(left_out) == sum(1 for a in left if a["k"] is not None)


@calm
@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(1, 9))
def test_fillmissing_leaves_no_gap_and_loses_nothing(seconds: list[int], width: int) -> None:
    events = [{"timestamp": START + 1000 * s, "message": "x"} for s in seconds]
    query = f"stats count(*) as n by bin({width}s) as t | fillmissing with 0 for n"
    found = insights.run(query, events)
    steps = found["t"].diff().dropna().dt.total_seconds()
    assert set(steps) <= {float(width)}
    assert found["n"].sum() == len(seconds)


@calm
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 30)), min_size=1, max_size=10))
def test_sessions_are_split_at_gaps_alone(visits: list[tuple[str, int]]) -> None:
    visits = sorted(visits, key=lambda visit: visit[1])
    events = [
        {"timestamp": START + 1000 * second, "message": json.dumps({"u": user})}
        for user, second in visits
    ]
    rows = _rows("sort @timestamp | fields u | sessionize u maxspan 5s as s", events)
    wanted: list[int] = []
    last: dict[str, tuple[int, int]] = {}
    for user, second in visits:
        when, session = last.get(user, (-100, 0))
        if second - when > 5:
            session = max(wanted, default=0) + 1
        last[user] = (second, session)
        wanted.append(session)
    assert sorted(int(row["s"]) for row in rows) == sorted(wanted)
    assert max(int(row["s"]) for row in rows) == max(wanted)


networks = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
    lambda pair: ipaddress.IPv4Network(pair, strict=False)
)


@calm
@given(st.lists(networks, max_size=8), st.lists(st.integers(0, 2**32 - 1), max_size=5))
def test_cidrlookup_takes_the_longest_prefix(
    nets: list[ipaddress.IPv4Network], numbers: list[int]
) -> None:
    picked = [ipaddress.IPv4Address(n) for n in numbers] + [n.network_address for n in nets]
    picked += [n.broadcast_address for n in nets]
    table = [{"cidr": str(net), "name": f"n{i}"} for i, net in enumerate(nets)]
    events = [
        {"timestamp": START + i, "message": json.dumps({"ip": str(ip)})}
        for i, ip in enumerate(picked)
    ]
    query = "sort @timestamp | fields ip | cidrlookup t ip OUTPUT name"
    rows = _rows(query, events, tables={"t": table or pd.DataFrame({"cidr": [], "name": []})})
    for row, ip in zip(rows, picked, strict=True):
        around = [(net.prefixlen, -i) for i, net in enumerate(nets) if ip in net]
        wanted = f"n{-max(around)[1]}" if around else None
        assert row.get("name") == wanted


def test_a_table_may_be_a_data_frame() -> None:
    table = pd.DataFrame({"name": ["ann", "bob"], "floor": [3.0, None]})
    events = _events([{"k": "ann"}, {"k": "bob"}])
    rows = _rows("fields k | lookup t name as k OUTPUT floor", events, tables={"t": table})
    assert rows == [{"k": "bob"}, {"k": "ann", "floor": "3"}]


def test_a_join_has_a_limit_of_keys() -> None:
    events = _events([{"k": str(i)} for i in range(50_001)], "r")
    query = "join left=a right=b where a.k = b.k (fields k)"
    with pytest.raises(insights.QueryError, match="at most 50,000 different keys"):
        insights.search(query, events)


def test_explain_shows_the_inner_query_first() -> None:
    sql = insights.explain("filter k in (SOURCE r | fields k) | fields k")
    assert sql.index("inner_1_events") < sql.index("stage_1_filter")
    assert "$groups_0" in sql


# any order of commands --------------------------------------------------------------------------
STAGES = (
    *("fields k, v", "fields v * 2 as d", "filter k = 'a'", "filter k in (SOURCE l | fields k)"),
    *("sort v desc", "limit 3", "tail 2", "dedup k", "display k, v", "parse k 'a*' as rest"),
    *("stats count(*) as n by bin(1s), k", "stats sum(v) as s by k", "stats max(s) as m"),
    *("join left=a right=b where a.k = b.k (SOURCE l | fields k, v)", "fields a.k, b.v"),
    *("join type=left left=a right=b where a.v = b.v (stats count(*) as n by v)",),
    *("appendcols (fields v as x)", "appendcols override=true (stats count(*) as v)"),
    *("lookup t k OUTPUT v", "lookup t k OUTPUTNEW v as y", "cidrlookup nets k OUTPUT v as z"),
    *("addtotals", "addtotals col=true", "accum v", "accum v as so_far", "autoregress v p=1-2"),
    *("filldown", "filldown v* k", "fillmissing with 0 for n", "outlier v"),
    *("outlier action=remove mark=true v", "sessionize k maxspan 1s", "countFrequent k"),
    *("estimate", "unmask v", "filterIndex k = 'b'"),
)
TABLES = {"t": [{"k": "a", "v": 1}], "nets": [{"cidr": "10.0.0.0/8", "v": "x"}]}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.sampled_from(["", "SOURCE g | "]), st.lists(st.sampled_from(STAGES), min_size=1), bodies)
def test_any_order_of_commands_gives_rows_or_says_why_not(
    head: str, stages: list[str], rows: list[dict[str, Any]]
) -> None:
    query = head + " | ".join(stages[:5])
    events = _events(rows) + _events(rows[:3], "l")
    try:
        insights.search(query, events, tables=TABLES, catalog={"g": {}, "l": {}})
    except insights.QueryError as error:
        assert "cannot be calculated" not in error.message


# hostile text ---------------------------------------------------------------------------------
def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    key = text.replace("`", "")
    name, q = f"`{key}`", _quoted(text)
    events = _events([{key: "here", "v": text, "n": 1}], text)
    for query in (
        f"SOURCE {q} | fields {name}",
        f"SOURCE logGroups(namePrefix: [{q}]) | fields {name}",
        f"filterIndex v = {q} | fields {name}",
        f"filterIndex v in [{q}] | fields {name}",
        f"filter v in (filter v = {q} | fields v) | fields {name}",
        f"join left={name if '.' not in key else 'l'} right=r where "
        f"{name if '.' not in key else 'l'}.v = r.v (filter v = {q} | fields v) | display {name}",
        f"appendcols (fields {name}) | display {name}",
        f"filldown {name} | display {name}",
        f"autoregress n as {name} | fields v | limit 1",
        f"sessionize v as {name} | fields v",
        f"fields n | outlier mark=true n | display {name}",
        f"countFrequent {name}",
        f"stats count(*) as n by bin(1s), v as {name} | fillmissing with {q} for n",
    ):
        assert insights.search(query, events).rows, query
    table = [{key: text, "out": text}]
    (row,) = _rows(f"fields v | lookup {name} {name} as v OUTPUT out", events, tables={key: table})
    assert row["out"] == text
    saved = {key: {"query": "filter v = {{p}} | fields v", "parameters": {"p": q}}}
    (row,) = _rows(f"${name}()", events, saved=saved)
    assert row["v"] == text


def test_source_reads_at_most_ten_thousand_groups() -> None:
    catalog: dict[str, dict[str, Any]] = {f"g{i}": {} for i in range(10_001)}
    with pytest.raises(insights.QueryError, match="SOURCE finds more than 10,000 log groups"):
        insights.run("SOURCE logGroups() | limit 1", [], catalog=catalog)
