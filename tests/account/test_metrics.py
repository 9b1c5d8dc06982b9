"""CloudWatch metrics through boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import END, MINUTE, record

NOW = datetime(2026, 3, 17, 12, tzinfo=UTC)
HOUR = {"StartTime": NOW - timedelta(hours=1), "EndTime": NOW}


def put(cloudwatch: Any, value: float, name: str = "Load", **more: Any) -> None:
    cloudwatch.put_metric_data(
        Namespace="Mine", MetricData=[{"MetricName": name, "Value": value, **more}]
    )


def statistics(cloudwatch: Any, *names: str, **changes: Any) -> list[dict[str, Any]]:
    """GetMetricStatistics, sorted by time."""
    settings = {
        "Namespace": "Shop",
        "MetricName": "Errors",
        **HOUR,
        "Period": 300,
        "Statistics": list(names) or ["Sum"],
        **changes,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    found = cloudwatch.get_metric_statistics(**given)["Datapoints"]
    return sorted(found, key=lambda point: point["Timestamp"])


def metric(
    name: str = "Errors", stat: str = "Sum", period: int = 60, **more: Any
) -> dict[str, Any]:
    found = {"Namespace": "Shop", "MetricName": name, **more}
    return {"MetricStat": {"Metric": found, "Period": period, "Stat": stat}}


def data(cloudwatch: Any, *queries: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    settings = {**HOUR, "ScanBy": "TimestampAscending", **changes}
    answer = cloudwatch.get_metric_data(MetricDataQueries=list(queries), **settings)
    return list(answer["MetricDataResults"])


@behaviour("cloudwatch.read_until_now")
def test_what_was_put_is_read_until_now(cloudwatch: Any) -> None:
    put(cloudwatch, 3.0)
    found = statistics(cloudwatch, Namespace="Mine", MetricName="Load")
    assert [(point["Sum"], point["Timestamp"]) for point in found] == [(3.0, NOW)]
    query = {"Id": "a", **metric()}
    query["MetricStat"]["Metric"] = {"Namespace": "Mine", "MetricName": "Load"}
    assert data(cloudwatch, query)[0]["Values"] == [3.0]


@behaviour("cloudwatch.exact_dimensions")
def test_dimensions_match_exactly(cloudwatch: Any) -> None:
    for dimensions in ([], [("F", "a")], [("F", "a"), ("G", "a")]):
        listed = [{"Name": name, "Value": value} for name, value in dimensions]
        put(cloudwatch, 10.0 ** len(listed), Dimensions=listed)
    ask = {"Namespace": "Mine", "MetricName": "Load"}
    assert statistics(cloudwatch, **ask)[0]["Sum"] == 1
    one = [{"Name": "F", "Value": "a"}]
    assert statistics(cloudwatch, **ask, Dimensions=one)[0]["Sum"] == 10
    both = [{"Name": "G", "Value": "a"}, {"Name": "F", "Value": "a"}]
    assert statistics(cloudwatch, **ask, Dimensions=both)[0]["Sum"] == 100
    assert statistics(cloudwatch, **ask, Dimensions=[{"Name": "G", "Value": "a"}]) == []


@behaviour("cloudwatch.namespaces_apart")
def test_namespaces_are_kept_apart(cloudwatch: Any) -> None:
    put(cloudwatch, 7.0, "Errors")
    assert sum(point["Sum"] for point in statistics(cloudwatch)) == sum(range(60))


@behaviour("cloudwatch.aligned_periods")
def test_periods_are_aligned_to_the_clock(cloudwatch: Any) -> None:
    start = NOW - timedelta(minutes=57, seconds=43)
    found = statistics(cloudwatch, StartTime=start)
    assert {point["Timestamp"].minute % 5 for point in found} == {0}


def test_statistics_of_a_period(cloudwatch: Any) -> None:
    for value in (1.0, 2.0, 6.0):
        put(cloudwatch, value)
    names = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    found = statistics(cloudwatch, *names, Namespace="Mine", MetricName="Load")[0]
    assert [found[name] for name in names] == [3, 9, 3, 1, 6]


@behaviour("cloudwatch.percentiles")
def test_percentiles(cloudwatch: Any) -> None:
    cloudwatch.put_metric_data(
        Namespace="Mine",
        MetricData=[{"MetricName": "Load", "Values": [1.0, 100.0], "Counts": [98.0, 2.0]}],
    )
    ask = {"Namespace": "Mine", "MetricName": "Load", "Statistics": None}
    found = statistics(cloudwatch, **ask, ExtendedStatistics=["p50", "p99"])
    assert found[0]["ExtendedStatistics"] == {"p50": 1.0, "p99": 100.0}


def test_statistic_values(cloudwatch: Any) -> None:
    values = {"SampleCount": 4.0, "Sum": 20.0, "Minimum": 2.0, "Maximum": 9.0}
    cloudwatch.put_metric_data(
        Namespace="Mine", MetricData=[{"MetricName": "Load", "StatisticValues": values}]
    )
    found = statistics(cloudwatch, "Average", "Maximum", Namespace="Mine", MetricName="Load")
    assert (found[0]["Average"], found[0]["Maximum"]) == (5, 9)


def test_data_points_need_sorting_as_on_aws(cloudwatch: Any) -> None:
    found = cloudwatch.get_metric_statistics(
        Namespace="Shop", MetricName="Errors", **HOUR, Period=60, Statistics=["Sum"]
    )["Datapoints"]
    times = [point["Timestamp"] for point in found]
    assert times != sorted(times)


def test_too_many_data_points(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="1,440"):
        statistics(cloudwatch, StartTime=NOW - timedelta(days=2), Period=60)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Value": float("nan")}, "InvalidParameterValue"),
        ({"Unit": "Bogus"}, "ValidationError"),
        ({"StorageResolution": 5}, "InvalidParameterValue"),
        ({"Timestamp": NOW + timedelta(hours=3)}, "InvalidParameterValue"),
        ({"Timestamp": NOW - timedelta(days=20)}, "InvalidParameterValue"),
        (
            {"Dimensions": [{"Name": f"d{n}", "Value": "x"} for n in range(31)]},
            "InvalidParameterValue",
        ),
    ],
)
@behaviour("cloudwatch.put_metric_data_limits")
def test_put_metric_data_limits(cloudwatch: Any, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as error:
        put(cloudwatch, **{"value": 1.0, **changes}) if "Value" not in changes else _raw(
            cloudwatch, changes
        )
    assert error.value.response["Error"]["Code"] in (code, "ValidationError")


def _raw(cloudwatch: Any, datum: dict[str, Any]) -> None:
    cloudwatch.put_metric_data(Namespace="Mine", MetricData=[{"MetricName": "Load", **datum}])


@behaviour("cloudwatch.put_metric_data_limits")
def test_aws_namespaces_belong_to_aws(cloudwatch: Any) -> None:
    with pytest.raises(ClientError, match="AWS/"):
        cloudwatch.put_metric_data(
            Namespace="AWS/Lambda", MetricData=[{"MetricName": "Errors", "Value": 1.0}]
        )


@behaviour("cloudwatch.list_metrics_once")
def test_metrics_are_listed_once(cloudwatch: Any) -> None:
    put(cloudwatch, 1.0)
    put(cloudwatch, 2.0)
    listed = cloudwatch.list_metrics(Namespace="Mine")["Metrics"]
    assert listed == [{"Namespace": "Mine", "MetricName": "Load", "Dimensions": []}]


def test_metrics_are_listed_by_dimension_and_forgotten(account: Account, cloudwatch: Any) -> None:
    put(cloudwatch, 1.0, Dimensions=[{"Name": "F", "Value": "a"}])
    for wanted, count in (({"Name": "F"}, 1), ({"Name": "F", "Value": "b"}, 0)):
        assert len(cloudwatch.list_metrics(Dimensions=[wanted])["Metrics"]) == count
    account.advance(hours=24 * 15)
    assert cloudwatch.list_metrics(Namespace="Mine")["Metrics"] == []


def test_metric_data_orders_newest_first_unless_asked(cloudwatch: Any) -> None:
    query = {"Id": "a", **metric(period=1800)}
    newest = cloudwatch.get_metric_data(MetricDataQueries=[query], **HOUR)["MetricDataResults"][0]
    assert newest["Values"] == [sum(range(30, 60)), sum(range(30))]
    oldest = data(cloudwatch, query)[0]
    assert oldest["Values"] == newest["Values"][::-1]
    assert oldest["Label"] == "Errors"


@behaviour("cloudwatch.metric_math")
def test_metric_math(cloudwatch: Any) -> None:
    found = data(
        cloudwatch,
        {"Id": "e", **metric(period=600), "ReturnData": False},
        {"Id": "n", **metric(stat="SampleCount", period=600), "ReturnData": False},
        {"Id": "mean", "Expression": "e / n", "Label": "errors a minute"},
        {"Id": "double", "Expression": "mean * 2"},
    )
    assert [each["Id"] for each in found] == ["mean", "double"]
    assert found[0]["Values"] == [4.5, 14.5, 24.5, 34.5, 44.5, 54.5]
    assert found[1]["Values"] == [value * 2 for value in found[0]["Values"]]
    assert found[0]["Label"] == "errors a minute"


@pytest.mark.parametrize(
    "queries",
    [
        [{"Id": "a", **metric()}, {"Id": "a", **metric()}],
        [{"Id": "a"}],
        [{"Id": "a", **metric(stat="p990")}],
        [{"Id": "a", **metric(period=7)}],
        [{"Id": "a", "Expression": "nowhere * 2"}],
        [{"Id": "a", "Expression": "1 +"}],
    ],
)
def test_impossible_queries_are_refused(cloudwatch: Any, queries: list[dict[str, Any]]) -> None:
    with pytest.raises(ClientError):
        data(cloudwatch, *queries)


def test_replayed_metrics_arrive_at_their_time(account: Account, cloudwatch: Any) -> None:
    account.replay(metrics=[record(END + 2 * MINUTE, 9.0), record(END + 10 * MINUTE, 9.0)])
    account.advance(minutes=5)
    found = statistics(cloudwatch, StartTime=NOW, EndTime=NOW + timedelta(hours=1))
    assert sum(point["Sum"] for point in found) == 9


@pytest.mark.parametrize("broken", [{"timestamp": END - 1}, {"name": None}])
def test_impossible_replays_are_refused(account: Account, broken: dict[str, Any]) -> None:
    telemetry = {**record(END, 1.0), **broken}
    kept = {name: value for name, value in telemetry.items() if value is not None}
    with pytest.raises(ValueError, match="to replay"):
        account.replay(metrics=[kept])


@pytest.mark.parametrize(
    ("days", "periods"), [(0, 3), (16, 2), (64, 1), (456, 0)], ids=["new", "15 d", "63 d", "455 d"]
)
@behaviour("cloudwatch.retention_rolls_up")
def test_minute_data_is_rolled_up_with_age(
    account: Account, cloudwatch: Any, days: int, periods: int
) -> None:
    """By the minute for 15 days, by 5 minutes for 63, by the hour for 455, then not at all."""
    account.advance(hours=24 * days)
    sums = [statistics(cloudwatch, Period=period) for period in (3600, 300, 60)]
    found = [sum(point["Sum"] for point in points) for points in sums]
    assert found == [sum(range(60))] * periods + [0] * (3 - periods)


@behaviour("cloudwatch.high_resolution")
def test_short_periods_need_high_resolution_data_of_the_last_three_hours(
    account: Account, cloudwatch: Any
) -> None:
    put = {"MetricName": "Fast", "Timestamp": NOW - timedelta(seconds=20)}
    for name, resolution in (("Fast", 1), ("Slow", 60)):
        datum = {**put, "MetricName": name, "Value": 3.0, "StorageResolution": resolution}
        cloudwatch.put_metric_data(Namespace="Mine", MetricData=[datum])

    def sums(name: str) -> list[list[float]]:
        of = {"Namespace": "Mine", "MetricName": name}
        queries = [
            {"Id": f"p{period}", "MetricStat": {"Metric": of, "Period": period, "Stat": "Sum"}}
            for period in (1, 10, 60)
        ]
        return [each["Values"] for each in data(cloudwatch, *queries)]

    assert sums("Fast") == [[3.0], [3.0], [3.0]]
    assert sums("Slow") == [[], [], [3.0]]
    account.advance(hours=3, minutes=1)
    assert sums("Fast") == [[], [], [3.0]]


def test_a_large_request_comes_compressed_and_is_read(account: Account, cloudwatch: Any) -> None:
    data = [{"MetricName": f"a metric with a long name {n}", "Value": 1.0} for n in range(500)]
    cloudwatch.put_metric_data(Namespace="Mine", MetricData=data)
    assert len(cloudwatch.list_metrics(Namespace="Mine")["Metrics"]) == 500
    assert len(account.calls()[0]["parameters"]["MetricData"]) == 500


@behaviour("cloudwatch.large_reads")
def test_a_day_of_many_data_points_is_read_at_once(account: Account, cloudwatch: Any) -> None:
    day = 24 * 60
    points = [record(END + n * 4320, 1.0, "Many") for n in range(20_000)]
    account.replay(metrics=points)
    account.advance(hours=24)
    range_ = {"StartTime": NOW, "EndTime": NOW + timedelta(days=1)}
    found = data(
        cloudwatch,
        *({"Id": stat.lower(), **metric("Many", stat)} for stat in ("Sum", "Maximum", "p99")),
        **range_,
    )
    assert [len(each["Values"]) for each in found] == [day] * 3
    assert sum(found[0]["Values"]) == 20_000
