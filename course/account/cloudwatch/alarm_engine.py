"""Evaluating alarms as the clock passes: metric alarms first, composite alarms after them.

The rules are telemetry's; here their data points are fetched. An alarm with a period of a minute
or longer is evaluated every minute over a window that ends at that moment, so a 5-minute alarm
looks at minutes 1-5, then 2-6 (CloudWatch user guide, "Evaluating an alarm").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.account.clock import utc
from course.account.cloudwatch import metric_queries
from course.account.cloudwatch.alarm_actions import act
from course.account.cloudwatch.alarm_state import Alarm, change
from course.account.cloudwatch.alarm_suppression import review
from course.account.cloudwatch.metric_queries import Window, read
from course.account.events import alarms as alarm_events
from course.account.region import Region
from course.telemetry import alarm_bands, composite
from course.telemetry import alarms as rules

MINUTE = 60_000


def evaluate(region: Region) -> None:
    """Evaluate whatever is due at the account's time."""
    for alarm in list(region.alarms.values()):
        if not alarm.is_composite and (alarm.is_quick or region.now % MINUTE == 0):
            _evaluate_metric(region, alarm)
    settle_composites(region)


def _evaluate_metric(region: Region, alarm: Alarm) -> None:
    config = alarm.config
    n = config["EvaluationPeriods"]
    seen = _look(region, alarm, rules.evaluation_range(n))
    if _sits_still(region, alarm):
        return
    treat = rules.treatment(config.get("Namespace"), config.get("TreatMissingData"))
    m = config.get("DatapointsToAlarm", n)
    state = rules.state(seen.judged, n=n, m=m, treat_missing=treat, previous=alarm.state)
    if state == alarm.state:
        return
    why = rules.crossing(state, seen.points, seen.judged, seen.limit, n=n, m=m, treat_missing=treat)
    transition(region, alarm, state, why, _reason_data(region, alarm, seen))


@dataclass(frozen=True)
class _Seen:
    """What an evaluation looks at: the points, oldest first, judged against the limit or bands."""

    points: list[tuple[int, float | None]]
    judged: list[bool | None]
    limit: str
    bands: list[alarm_bands.Band]


def _look(region: Region, alarm: Alarm, count: int) -> _Seen:
    config, comparison = alarm.config, alarm.config["ComparisonOperator"]
    now, period = region.now // 1000, alarm.period
    starts = [now - period * back for back in range(count, 0, -1)]
    window = Window(starts[0], now, aligned=True)
    if "Metrics" in config:
        lines = metric_queries.answer(region, config["Metrics"], window)
        found = dict(lines[_watched(config)][0].points)
    else:
        found = dict(_series(region, config, window))
    points = [(at, found.get(at)) for at in starts]
    values = [value for _, value in points]
    if "ThresholdMetricId" in config:
        upper, lower = (dict(line.points) for line in lines[config["ThresholdMetricId"]])
        bands = [(upper[at], lower[at]) if at in upper else None for at in starts]
        limit = alarm_bands.limit(bands, values, comparison)
        return _Seen(points, alarm_bands.judge(values, bands, comparison), limit, bands)
    judged = rules.judge(values, config["Threshold"], comparison)
    return _Seen(points, judged, rules.limit(config["Threshold"], comparison), [])


def _watched(config: Mapping[str, Any]) -> str:
    """The Id of the query that an alarm on math compares with its threshold or its band."""
    other = config.get("ThresholdMetricId")
    returned = (each for each in config["Metrics"] if each.get("ReturnData", True))
    return next(str(each["Id"]) for each in returned if each["Id"] != other)


def _series(region: Region, config: Mapping[str, Any], window: Window) -> list[tuple[int, float]]:
    stat = config.get("Statistic") or config["ExtendedStatistic"]
    return read(region, config, config["Period"], stat, window, config.get("Unit"))


def _reason_data(region: Region, alarm: Alarm, seen: _Seen) -> str:
    return rules.reason_data(
        seen.points,
        n=alarm.config["EvaluationPeriods"],
        now=region.now / 1000,
        period=alarm.period,
        threshold=alarm.config.get("Threshold"),
        bands=seen.bands,
        statistic=alarm.config.get("Statistic") or alarm.config.get("ExtendedStatistic"),
        unit=alarm.config.get("Unit"),
    )


def _sits_still(region: Region, alarm: Alarm) -> bool:
    """A percentile over too few samples, when the alarm is told to ignore those."""
    config = alarm.config
    percentile = config.get("ExtendedStatistic", "")
    if config.get("EvaluateLowSampleCountPercentile") != "ignore" or percentile[:1] != "p":
        return False
    now = region.now // 1000
    window = Window(now - config["Period"] * config["EvaluationPeriods"], now, aligned=True)
    samples = read(region, config, config["Period"], "SampleCount", window, config.get("Unit"))
    return rules.too_few_samples(float(percentile[1:]), sum(value for _, value in samples))


def settle_composites(region: Region) -> None:
    """Evaluate composite alarms until none changes: one may refer to another."""
    composites = [alarm for alarm in region.alarms.values() if alarm.is_composite]
    for _ in range(len(composites)):
        if not any([_evaluate_composite(region, alarm) for alarm in composites]):
            break
    for alarm in composites:
        review(region, alarm)


def _evaluate_composite(region: Region, alarm: Alarm) -> bool:
    states = {other.name: other.state for other in region.alarms.values()}
    missing = [name for name in children(alarm) if name not in states]
    if missing:
        # A child was deleted: as on AWS, the parent cannot be judged until the rule is put again.
        state = "INSUFFICIENT_DATA"
        why = f"{alarm.arn} has at least one child alarm that does not exist: {', '.join(missing)}"
    else:
        state = "ALARM" if composite.evaluate(alarm.tree, states) else "OK"
        why = _composite_reason(region, alarm, state)
    if state == alarm.state:
        return False
    transition(region, alarm, state, why)
    return True


def children(alarm: Alarm) -> list[str]:
    """Names of the alarms that a composite alarm's rule refers to."""
    return [composite.alarm_name(each) for each in composite.names(alarm.tree)]


def _composite_reason(region: Region, alarm: Alarm, state: str) -> str:
    """AWS's sentence names the child whose change decided: the one that changed last."""
    found = [region.alarms[name] for name in children(alarm)]
    if not found:
        return f"{alarm.arn} transitioned to {state}"
    last = max(found, key=lambda child: child.transitioned)
    when = f"{utc(last.transitioned):%A %d %B, %Y %H:%M:%S} UTC"
    return f"{last.arn} transitioned to {last.state} at {when}"


def transition(
    region: Region, alarm: Alarm, state: str, reason: str, data: str | None = None
) -> None:
    """Change state and, if it is another one, carry out that state's actions."""
    old, new = change(region, alarm, state, reason, data)
    if old != new:
        alarm_events.state_changed(region, alarm)
    if old != new and alarm.suppression is None:
        act(region, alarm, old)


def describe_children(region: Region, alarm: Alarm) -> list[dict[str, Any]]:
    """A composite alarm's children as a notification lists them."""
    return [
        {"Arn": child.arn, "State": {"Value": child.state}}
        for child in (region.alarms[name] for name in children(alarm))
    ]
