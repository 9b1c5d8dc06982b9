"""What must hold whatever the numbers: steps of the clock, pages, order of arrival."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from tests.account.conftest import END, MINUTE, WORLD, event, put_alarm, record

few = settings(max_examples=12, deadline=None)


def replayed(clients: dict[str, Any], steps: list[int]) -> list[dict[str, Any]]:
    """What happens in 12 minutes of ups and downs, when time passes in these steps (seconds)."""
    values = (1, 9, 9, 1, 9, 1, 1, 9, 9, 9, 1, 1)
    with course.account.fresh(WORLD) as account:
        put_alarm(clients["cloudwatch"], EvaluationPeriods=3, DatapointsToAlarm=2)
        put_alarm(clients["cloudwatch"], AlarmName="slow", Period=300, Threshold=20)
        clients["logs"].put_metric_filter(
            logGroupName="/shop/web",
            filterName="errors",
            filterPattern="ERROR",
            metricTransformations=[
                {"metricName": "Seen", "metricNamespace": "Mine", "metricValue": "1"}
            ],
        )
        account.replay(
            logs=[event(END + n * 17_000, "ERROR" if n % 3 else "fine") for n in range(40)],
            metrics=[record(END + n * MINUTE, float(value)) for n, value in enumerate(values)],
        )
        return [each for step in steps for each in account.advance(seconds=step)]


@few
@given(cuts=st.lists(st.integers(1, 719), max_size=6))
def test_steps_of_the_clock_do_not_matter(clients: dict[str, Any], cuts: list[int]) -> None:
    places = [0, *sorted(cuts), 720]
    steps = [later - earlier for earlier, later in zip(places, places[1:], strict=False)]
    whole = replayed(clients, [720])
    assert len(whole) > 5
    assert replayed(clients, steps) == whole


@few
@given(size=st.integers(1, 70))
def test_pages_are_a_partition(clients: dict[str, Any], size: int) -> None:
    with course.account.fresh(WORLD):
        pages = clients["logs"].get_paginator("filter_log_events")
        shown = pages.paginate(logGroupName="/shop/web", PaginationConfig={"PageSize": size})
        found = [each["message"] for page in shown for each in page["events"]]
    assert found == [f"GET /item/{n} 200" for n in range(60)]


@few
@given(order=st.permutations(range(8)), period=st.sampled_from([60, 120, 300, 3600]))
def test_order_of_arrival_does_not_matter(
    clients: dict[str, Any], order: list[int], period: int
) -> None:
    cloudwatch = clients["cloudwatch"]
    with course.account.fresh(WORLD) as account:
        for n in order:
            at = account.now - timedelta(minutes=3 * n)
            cloudwatch.put_metric_data(
                Namespace="Mine",
                MetricData=[{"MetricName": "Load", "Value": float(n), "Timestamp": at}],
            )
        points = cloudwatch.get_metric_statistics(
            Namespace="Mine",
            MetricName="Load",
            StartTime=account.now - timedelta(hours=1),
            EndTime=account.now,
            Period=period,
            Statistics=["Sum", "SampleCount", "Maximum"],
        )["Datapoints"]
    assert sum(point["Sum"] for point in points) == sum(range(8))
    assert sum(point["SampleCount"] for point in points) == 8
    assert max(point["Maximum"] for point in points) == 7
