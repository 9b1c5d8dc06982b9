"""Maps, lists and the stages and functions over them: laws, types in Python, hostile text."""

from __future__ import annotations

import contextlib
import csv
import io
import ipaddress
import json
import re
import tomllib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import insights
from course.insights.expressions import FUNCTIONS, SUMMARIES
from course.insights.series import SERIES
from tests.insights.interpreter import interpret
from tests.insights.test_injection import HOSTILE, _quoted
from tests.insights.test_queries import CASES

calm = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
START = 1_790_000_000_000
DOCUMENTED = (
    "abs ceil floor greatest least log sqrt round haversine toNumber toInt toLong toDouble "
    "bin datefloor dateceil fromMillis toMillis now parseDate formatDate strftime "
    "ispresent coalesce case if isNumeric messageSize queryStartTime queryEndTime queryTimeRange "
    "jsonParse jsonStringify jsonArraySize jsonArrayContains "
    "isValidIp isValidIpV4 isValidIpV6 isIpInSubnet isIpv4InSubnet isIpv6InSubnet ipv4ToNumber "
    "isPrivateIP isPublicIP isReservedIP "
    "isempty isblank concat ltrim rtrim trim strlen toupper tolower substr replace regexReplace "
    "strcontains startsWith endsWith urlencode urldecode base64encode base64decode split "
    "hexToAscii hexToDec decToHex md5 sha256 "
    "avg count countDistinct max min pct stddev sum values variance topk "
    "earliest latest sortsFirst sortsLast rate countOverTime sumOverTime histogram "
)


def _events(*messages: str) -> list[dict[str, Any]]:
    return [{"timestamp": START + i, "message": text} for i, text in enumerate(messages)]


def _rows(query: str, *messages: str) -> list[dict[str, str]]:
    rows = insights.search(query, _events(*messages)).rows
    return [{k: v for k, v in row.items() if k != "@ptr"} for row in rows]


def test_every_documented_function_runs() -> None:
    names = DOCUMENTED.split()
    assert len(names) == 89  # 88 and the alias strftime
    assert not [name for name in names if name.lower() not in {**FUNCTIONS, **SUMMARIES}]


@pytest.mark.parametrize("name", sorted({**FUNCTIONS, **SUMMARIES}))
def test_every_function_has_a_case_file(name: str) -> None:
    called = re.compile(rf"(?<!\w){name}\s*\(", re.IGNORECASE)
    assert any(called.search(case["query"]) for case in _cases() if "error" not in case)


@lru_cache(maxsize=1)
def _cases() -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in CASES]


@pytest.mark.parametrize("name", sorted(SERIES))
def test_the_example_of_every_series_function_runs(name: str) -> None:
    assert SERIES[name].about
    insights.search(f"stats {SERIES[name].example} as x", _events('{"bytes": 1}'))


def test_maps_and_lists_are_python_values_in_a_frame() -> None:
    message = '{"a": [1, {"b": true}], "n": 2.5, "t": true, "w": "x"}'
    query = "fields jsonParse(@message) as m | display m, m.a, m.n, m.t, m.w, m.none"
    (row,) = insights.run(query, _events(message)).to_dict("records")
    assert row == {
        "m": json.loads(message),
        "m.a": [1, {"b": True}],
        "m.n": 2.5,
        "m.t": 1,
        "m.w": "x",
        "m.none": None,
    }


def test_an_event_keeps_its_pointer_through_unnest() -> None:
    events = _events('{"a": [1, 2]}')
    rows = insights.search("unnest jsonParse(@message).a into x | display x", events).rows
    assert {insights.locate(row["@ptr"]).position for row in rows} == {0}
    assert insights.search("expand a | filter a = 2 | display a", events).rows[0]["a"] == "2"


def test_the_limit_of_fields_holds_for_files_too(tmp_path: Path) -> None:
    body = json.dumps({f"k{i}": i for i in range(250)})
    path = tmp_path / "events.ndjson"
    events = _events(body, "line " + body, '{"k249": 1}')
    path.write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
    query = "fields k199 as last, k200 as cut, k249 as far | display last, cut, far | sort last"
    for given_as in (events, path):
        rows = insights.search(query, given_as).rows
        found = [{k: v for k, v in row.items() if k != "@ptr"} for row in rows]
        assert found == [{"last": "199"}, {"last": "199"}, {"far": "1"}]


# laws ---------------------------------------------------------------------------------------
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)


@calm
@given(st.lists(words, min_size=1, max_size=4))
def test_csv_is_read_as_python_reads_it(values: list[str]) -> None:
    values = [value.replace("\n", " ").replace("\r", " ") for value in values]
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="").writerow(values)
    names = ", ".join(f"v{i}" for i in range(len(values)))
    (row,) = _rows(
        f"parse line csv as {names} | display {names}", json.dumps({"line": line.getvalue()})
    )
    assert [row[f"v{i}"] for i in range(len(values))] == values


@calm
@given(st.dictionaries(st.from_regex("[a-z]{1,4}", fullmatch=True), words, min_size=1, max_size=4))
def test_logfmt_pairs_come_back(pairs: dict[str, str]) -> None:
    line = " ".join(f"{key}={json.dumps(value)}" for key, value in pairs.items())
    (row,) = _rows("parse line logfmt as m | display m", json.dumps({"line": line}))
    assert json.loads(row["m"]) == pairs


@calm
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=20), st.integers(1, 7))
def test_every_number_is_in_one_range_of_the_histogram(numbers: list[int], buckets: int) -> None:
    messages = [json.dumps({"n": number}) for number in numbers]
    (row,) = _rows(f"stats histogram(n, {buckets}) as h", *messages)
    ranges = json.loads(row["h"])
    assert sum(ranges.values()) == len(numbers)
    assert len(ranges) == (buckets if len(set(numbers)) > 1 else 1)


@calm
@given(st.ip_addresses(v=6), st.ip_addresses(v=6), st.integers(0, 128))
def test_ipv6_subnets_are_those_of_python(
    address: ipaddress.IPv6Address, base: ipaddress.IPv6Address, length: int
) -> None:
    network = ipaddress.ip_network((base, length), strict=False)
    inside = network.network_address + (int(address) % network.num_addresses)
    for each in (address, inside):
        query = f'fields isIpv6InSubnet(ip, "{network}") as x'
        if ipaddress.IPv6Address(each).ipv4_mapped or "." in str(each):
            continue
        assert _rows(query, json.dumps({"ip": str(each)})) == [{"x": str(int(each in network))}]


@calm
@given(st.datetimes(datetime(1970, 1, 2), datetime(2068, 1, 1)))
def test_dates_written_are_read_again(moment: datetime) -> None:
    ms = int(moment.replace(tzinfo=UTC, microsecond=0).timestamp() * 1000)
    query = (
        f'fields formatDate({ms}, "%d/%b/%Y:%H:%M:%S", "Asia/Tokyo") as text '
        '| fields parseDate(text, "dd/MMM/yyyy:HH:mm:ss", "Asia/Tokyo") as ms'
    )
    assert _rows(query, "x")[0]["ms"] == str(ms)


@calm
@given(st.integers(-(10**14), 10**14))
def test_hexadecimal_comes_back(number: int) -> None:
    (row,) = _rows(f"fields decToHex({number}) as h, hexToDec(decToHex({number})) as n", "x")
    assert row["h"] == hex(number)
    assert float(row["n"]) == number


# against plain Python -----------------------------------------------------------------------
leaves = st.sampled_from([None, True, False, 1, 2.5, "x", "2", "x10", ""])
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    ),
    max_leaves=5,
)
bodies = st.lists(st.dictionaries(st.sampled_from(["a", "b", "l"]), trees, max_size=3), max_size=5)
parts = st.sampled_from(["m.a", "m.l", "m.l[0]", "m.l[1].a", "m.a.b", "m.b[0]", "m.l.a"])
tests = st.one_of(
    st.builds(
        "{} {} {}".format,
        parts,
        st.sampled_from(["=", "!=", "<", ">="]),
        st.sampled_from(["1", "'x'", "2"]),
    ),
    st.builds("not ({} = 1)".format, parts),
    st.builds("ispresent({})".format, parts),
)


@st.composite
def queries(draw: Any) -> str:
    stages = ["fields jsonParse(@message) as m"]
    stages += draw(st.lists(st.builds("filter {}".format, tests), max_size=1))
    kind = draw(st.sampled_from(["none", "unnest", "expand"]))
    shown = [
        draw(parts),
        f"toupper({draw(parts)}) as up",
        f"jsonParse(@message).{draw(parts)[2:]} as p",
    ]
    if kind == "unnest":
        stages += [
            f"unnest {draw(parts)} into x",
            *draw(st.sampled_from([[], ["filter x.a != 1"]])),
        ]
        shown += ["x", "x.a", "x[1]"]
    if kind == "expand":
        stages.append("expand l")
        shown += ["l", "l.a"]
    return " | ".join([*stages, "display " + ", ".join(shown)])


@calm
@given(queries(), bodies)
def test_rows_are_those_of_plain_python(query: str, found: list[dict[str, Any]]) -> None:
    events = _events(*(json.dumps(body) for body in found))
    assert _rows(query, *(e["message"] for e in events)) == interpret(
        insights.parse(query), events
    ), query


# hostile text -------------------------------------------------------------------------------
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    message = json.dumps({text: {"k": text}, "s": text})
    q, name = _quoted(text), "`" + text.replace("`", "") + "`"
    assert _rows(f"fields jsonParse(@message) as m | display m.{name}.k as v", message) == [
        {"v": text}
    ]
    assert _rows(f"fields split({q}, '|')[0] as v", "x")[0]["v"] == text.split("|")[0]
    assert _rows(f"parse s csv as {name}, b | display ispresent({name}) as v", message) == [
        {"v": "1"}
    ]
    assert _rows(f"parse @message /(.)/ as {name} multi | stats count(*) as n", "ab") == [
        {"n": "2"}
    ]
    assert _rows(f"unnest jsonParse(@message).s into {name} | display {name} as v", message) == [
        {"v": text}
    ]
    assert _rows(f"stats topk(1, s) as {name} | display {name}[0] as v", message) == [{"v": text}]
    insights.search(f"json field=@message {q} as v", _events(message))
    for refused in (f"formatDate(@timestamp, '%Y', {q})", f"isIpInSubnet(s, {q})"):
        with pytest.raises(insights.QueryError):
            insights.search(f"fields {refused}", _events(message))
    with contextlib.suppress(insights.QueryError):
        assert _rows(f"fields parseDate(s, {q}) as v", message) == [{}]
    with contextlib.suppress(insights.QueryError):
        assert len(_rows(f"fields formatDate(@timestamp, {q}) as v", message)) == 1
