"""Lambda's pure rules: limits, time and money, environments, batches, settings, log lines."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.account.functions.packages import package
from course.telemetry.errors import RuleError
from course.telemetry.functions import batches, compute, log_lines, mapping_rules
from course.telemetry.functions import settings as function_settings
from course.telemetry.functions.concurrency import Fleet, Pool, Refused
from course.telemetry.functions.limits import LIMITS, limit
from course.telemetry.functions.log_lines import Attempt, Failure, Line, Run, Settings

CASES = tomllib.loads((Path(__file__).parent / "batches.toml").read_text())["case"]
LAW = settings(max_examples=60, deadline=None)


def test_every_limit_names_its_source() -> None:
    assert all(each.source and each.unit for each in LIMITS.values())
    assert (limit("timeout_max"), limit("memory_max"), limit("concurrency")) == (900, 10_240, 1000)


# -- time and money ------------------------------------------------------------------------------


@given(st.floats(0.1, 1e5), st.integers(128, 10_239))
@LAW
def test_more_memory_never_makes_computing_slower(cpu: float, memory: int) -> None:
    assert compute.cpu_time(cpu, memory + 1) <= compute.cpu_time(cpu, memory)
    assert compute.cpu_time(cpu, memory) >= cpu


@given(st.floats(1, 1e5), st.integers(128, 884))
@LAW
def test_below_one_vcpu_computing_costs_the_same_at_every_size(cpu: float, memory: int) -> None:
    gb_seconds = [compute.cpu_time(cpu, m) * m for m in (memory, 2 * memory)]
    assert gb_seconds[0] == pytest.approx(gb_seconds[1])


def test_prices() -> None:
    # 3 million requests of 120 ms at 1.5 GB are 540,000 GB-seconds.
    assert compute.cost(120, 1536) * 3_000_000 == pytest.approx(9.00 + 0.60, rel=0.001)
    assert compute.cost(120, 1536, "arm64") < compute.cost(120, 1536)


@given(st.floats(0, 1e6), st.floats(0, 1e4))
@LAW
def test_billing_rounds_up_to_the_millisecond(duration: float, init: float) -> None:
    billed = compute.billed(duration, init)
    assert -0.01 <= billed - (duration + init) < 1.01


# -- environments --------------------------------------------------------------------------------

Requests = st.lists(st.tuples(st.floats(0, 5000), st.floats(1, 2000)), min_size=1, max_size=60).map(
    sorted
)


@given(Requests, st.integers(1, 20))
@LAW
def test_a_reservation_is_never_exceeded(requests: list[tuple[float, float]], most: int) -> None:
    pool = Pool(lambda: {"f": most}, "seed")
    running: list[float] = []
    for at, duration in requests:
        running = [end for end in running if end > at]
        try:
            slot = pool.admit("f", "v1", at)
        except Refused as refusal:
            rate = refusal.reason == "ReservedFunctionInvocationRateLimitExceeded"
            assert rate or len(running) >= most
            continue
        assert len(running) < most
        slot.busy_from, slot.free_at = at, at + duration
        running.append(at + duration)


@given(Requests)
@LAW
def test_an_environment_serves_one_request_at_a_time(requests: list[tuple[float, float]]) -> None:
    pool = Pool(dict, "seed")
    busy: dict[int, float] = {}
    for at, duration in requests:
        slot = pool.admit("f", "v1", at)
        assert busy.get(id(slot), 0.0) <= at
        slot.busy_from, slot.free_at = at, at + duration
        busy[id(slot)] = at + duration
    assert len(busy) == len(pool.fleet("f").slots)


def test_environments_belong_to_one_version() -> None:
    pool = Pool(dict, "seed")
    first = pool.admit("f", "v1", 0)
    first.free_at = 10
    assert pool.admit("f", "v2", 20) is not first
    assert pool.admit("f", "v1", 20) is first


def test_a_function_scales_by_a_thousand_environments_in_ten_seconds() -> None:
    fleet = Fleet(Random(0))
    assert sum(fleet.take_token(0) for _ in range(1500)) == 1000
    assert not fleet.take_token(5)
    assert sum(fleet.take_token(1000) for _ in range(500)) == 100
    assert sum(fleet.take_token(60_000) for _ in range(2000)) == 1000


def test_the_scaling_rate_holds_where_the_account_has_room() -> None:
    pool = Pool(dict, "seed")
    pool.limit = 5000
    admitted = 0
    for _ in range(1200):
        try:
            slot = pool.admit("f", "v1", 0)
        except Refused as refusal:
            assert refusal.reason == "ConcurrentInvocationLimitExceeded"
            continue
        slot.free_at = 60_000
        admitted += 1
    assert admitted == 1000


def test_provisioned_environments_come_first_and_count_always() -> None:
    pool = Pool(lambda: {"f": 2}, "seed")
    ahead = pool.fleet("f").start("v1", provisioned=True)
    assert pool.admit("f", "v1", 0) is ahead
    ahead.free_at = 100
    other = pool.admit("f", "v1", 10)
    assert not other.provisioned
    other.free_at = 100
    with pytest.raises(Refused):
        pool.admit("f", "v1", 20)
    assert pool.fleet("f").provisioned(50, "v1") == (1, 1)


# -- batches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["answer"]))
def test_what_an_answer_means(case: dict[str, Any]) -> None:
    assert batches.failed(case["answer"].encode(), ["1", "2", "3"]) == set(case["failed"])


@given(st.lists(st.uuids().map(str), min_size=1, max_size=20, unique=True), st.data())
@LAW
def test_a_stream_restarts_where_the_first_failure_is(names: list[str], data: Any) -> None:
    chosen = data.draw(st.sets(st.sampled_from(names)))
    place = batches.restart_at(chosen, names)
    assert not chosen & set(names[:place])
    assert place == len(names) or names[place] in chosen


@given(st.integers(2, 10_000))
@LAW
def test_halves_lose_nothing(count: int) -> None:
    first, second = batches.halves(count)
    assert first + second == count
    assert 0 < first <= second


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_settings", "message"),
    [
        ({"MemorySize": 127}, "greater than or equal to 128"),
        ({"MemorySize": 10_241}, "less than or equal to 10240"),
        ({"Timeout": 901}, "less than or equal to 900"),
        ({"Runtime": "cobol"}, "enum value set"),
        ({"Runtime": "python3.7"}, "no longer supported"),
        ({"Environment": {"Variables": {"A": "x" * 4096}}}, "exceeded the 4KB limit"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved keys"),
        ({"LoggingConfig": {"SystemLogLevel": "INFO"}}, "LogFormat must be set to JSON"),
    ],
)
def test_settings_that_lambda_refuses(given_settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        function_settings.check(given_settings, ("python3.13", "python3.7"))


def test_two_mistakes_are_told_at_once() -> None:
    with pytest.raises(RuleError, match="^2 validation errors detected: Value '1' at 'memorySize'"):
        function_settings.check({"MemorySize": 1, "Timeout": 1000}, ())


def test_packages_are_looked_into() -> None:
    function_settings.check_package(package("x = 1\n"))
    with pytest.raises(RuleError, match="Could not unzip uploaded file"):
        function_settings.check_package(b"no zip")


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:q", "sqs"),
        ("arn:aws:sqs:us-east-1:123456789012:q.fifo", "fifo"),
        ("arn:aws:kinesis:us-east-1:123456789012:stream/s", "kinesis"),
        ("arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026", "dynamodb"),
    ],
)
def test_sources_have_their_own_defaults(arn: str, kind: str) -> None:
    assert mapping_rules.kind_of(arn) == kind
    start = {} if kind in ("sqs", "fifo") else {"StartingPosition": "LATEST"}
    size = mapping_rules.completed(kind, start)["BatchSize"]
    assert size == (10 if kind in ("sqs", "fifo") else 100)


# -- log lines -----------------------------------------------------------------------------------


def run(**changes: Any) -> Run:
    return Run(**{"request_id": "r-1", "version": "7", "start": 1e12, "stream": "s", **changes})


def texts(found: Run, log_format: str = "Text", level: str | None = None) -> list[str]:
    given = Settings("f", 256, 3000, log_format, level)
    return [text for _, text in log_lines.entries(found, given)]


def test_a_restore_is_told_instead_of_an_initialisation() -> None:
    shown = texts(run(restore=300.0, duration=10.0))
    assert shown[0].startswith("RESTORE_START")
    assert shown[1] == "RESTORE_REPORT Restore Duration: 300.00 ms\n"
    assert "Restore Duration: 300.00 ms\tBilled Restore Duration: 0 ms" in shown[-1]
    kinds = [json.loads(text)["type"] for text in texts(run(restore=300.0), "JSON", "DEBUG")]
    assert kinds[:3] == [
        "platform.restoreStart",
        "platform.restoreRuntimeDone",
        "platform.restoreReport",
    ]


def test_failed_initialisations_are_told_with_their_errors() -> None:
    failure = Failure("KeyError", "'TABLE'", (("/var/task/app.py", 3, "<module>", "x"),))
    attempt = Attempt(
        1e12 - 10, 90.5, "init", "error", "KeyError", failure, [Line(1e12, None, "a")]
    )
    shown = texts(run(attempts=[attempt]))
    assert shown[0].startswith("INIT_START")
    assert shown[1:3] == ["a\n", shown[2]]
    assert shown[2].startswith("[ERROR] KeyError: 'TABLE'\nTraceback")
    assert shown[3] == (
        "INIT_REPORT Init Duration: 90.50 ms\tPhase: init\tStatus: error\tError Type: KeyError\n"
    )
    records = [
        json.loads(text) for text in texts(run(attempts=[attempt]), "JSON")[1:] if text[0] == "{"
    ]
    assert "platform.initReport" in [record.get("type") for record in records]


@pytest.mark.parametrize(
    ("level", "status", "kinds"),
    [
        ("DEBUG", "ok", ["start", "runtimeDone", "report"]),
        ("INFO", "ok", ["start", "report"]),
        ("WARN", "ok", []),
        ("WARN", "timeout", ["runtimeDone", "report"]),
        ("INFO", "timeout", ["start", "runtimeDone", "report"]),
    ],
)
def test_system_log_levels(level: str, status: str, kinds: list[str]) -> None:
    shown = [json.loads(text)["type"] for text in texts(run(status=status), "JSON", level)]
    assert shown == [f"platform.{kind}" for kind in kinds]


def test_the_process_that_went_away_is_told() -> None:
    gone = run(
        status="exit",
        error_type="Runtime.ExitError",
        error_message="Runtime exited with error: exit status 3",
    )
    shown = texts(gone)
    assert shown[1] == (
        "RequestId: r-1 Error: Runtime exited with error: exit status 3\nRuntime.ExitError\n"
    )
    assert shown[-1].endswith("Status: error\tError Type: Runtime.ExitError\n")
