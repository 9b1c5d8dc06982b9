"""What metric math reads by itself: searches, Metrics Insights, bands, Contributor Insights.

The rules are telemetry's; here they get this Region's metrics. As on AWS, a search finds metrics
that had data within two weeks.
"""

from __future__ import annotations

from collections.abc import Sequence

from course.account.cloudwatch.metric_queries import Point, Query, Window, read_key, records_in
from course.account.cloudwatch.metric_store import MetricKey
from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry import math, metrics, metrics_insights, search
from course.telemetry.math_values import Line

TWO_WEEKS = 14 * 86_400_000


class Lookups:
    """The look-ups of one request. period: seconds, where an expression has none of its own."""

    def __init__(
        self, region: Region, queries: Sequence[Query], window: Window, period: int
    ) -> None:
        self._region = region
        self._queries = {str(each["Id"]): each for each in queries}
        self._window = window
        self._period = period

    def sources(self) -> math.Sources:
        """These look-ups as metric math takes them."""
        return math.Sources(self._search, self._select, self._band, self._rule)

    def _recent(self) -> list[MetricKey]:
        store, oldest = self._region.metrics, self._region.now - TWO_WEEKS
        return [key for key in store.metrics() if store.last_timestamp(key) >= oldest]

    def _search(self, text: str, statistic: str, period: int | None) -> math.Labelled:
        every = period or self._period
        metrics.check_period(every)
        finds = search.compile(text)
        keys = [key for key in self._recent() if finds(_as_searched(key))]
        names = search.labels([_as_searched(key) for key in keys])
        found = sorted(zip(names, keys, strict=True))[: search.MAX_SERIES]
        return [
            (name, dict(read_key(self._region, key, every, statistic, self._window)))
            for name, key in found
        ]

    def _select(self, name: str) -> math.Labelled:
        """A query's lines; without GROUP BY there is one, named like the expression itself."""
        asked = self._queries[name]
        if "Period" not in asked:
            raise AwsError("ValidationError", "Period must not be null")
        period = int(asked["Period"])
        metrics.check_period(period)
        query = metrics_insights.parse(str(asked["Expression"]))
        shift = self._window.shift(period)
        found = metrics_insights.run(
            query,
            (
                (dict(key[2]), records_in(self._region, key, period, self._window))
                for key in self._recent()
                if query.takes(key[0], key[1], dict(key[2]))
            ),
            period=period,
            start=self._window.start - shift,
            end=self._window.end - shift,
            now=self._region.now / 1000 - shift,
        )
        return [(label or name, _moved(points, shift)) for label, points in found]

    def _band(self, name: str, width: float) -> tuple[Line, Line]:
        from course.account.cloudwatch import anomalies

        stat = self._queries[name]["MetricStat"]
        times = self._window.times(stat["Period"])
        return anomalies.band(self._region, stat, width, times)

    def _rule(self, name: str, metric: str) -> Line:
        from course.account.cloudwatch import insight_rules

        return insight_rules.metric_of(self._region, name, metric, self._period, self._window)


def _as_searched(key: MetricKey) -> search.Metric:
    return search.Metric(key[0], key[1], dict(key[2]))


def _moved(points: Sequence[Point], shift: int) -> Line:
    return {at + shift: value for at, value in points}
