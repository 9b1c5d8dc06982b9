"""Metric filters and subscription filters: putting, describing, deleting, testing.

Follows the API references of PutMetricFilter, TestMetricFilter and PutSubscriptionFilter. A filter
put again under its name is updated in place. Left out: filters on transformed logs, field selection
criteria, system field dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from course.account.errors import AwsError
from course.account.logs import destinations
from course.account.logs.groups import group_named, standard_group
from course.account.logs.store import Event
from course.account.logs.subscriptions import Subscription
from course.account.paging import paged
from course.account.region import Region
from course.telemetry import metric_filters, patterns

Parameters = dict[str, Any]
MAX_METRIC_FILTERS = 100
MAX_SUBSCRIPTIONS = 2


@dataclass
class MetricFilter:
    """A metric filter and the events that arrived since its last publication."""

    name: str
    group: str
    pattern: str
    transformations: list[dict[str, Any]]
    created: int
    pending: list[Event] = field(default_factory=list)

    def data(self, events: list[Event]) -> list[dict[str, Any]]:
        """What these events make: metric data by minute, in the form of `World.metrics`."""
        pattern = patterns.compile(self.pattern)
        made = [metric_filters.publish(pattern, each, events) for each in self.transformations]
        return [record for records in made for record in records]

    def described(self) -> dict[str, Any]:
        return {
            "filterName": self.name,
            "filterPattern": self.pattern,
            "metricTransformations": self.transformations,
            "creationTime": self.created,
            "logGroupName": self.group,
            "applyOnTransformedLogs": False,
        }


def put_metric_filter(region: Region, parameters: Parameters) -> None:
    group = standard_group(region, parameters["logGroupName"])
    key = (group.name, parameters["filterName"])
    count = sum(1 for name, _ in region.metric_filters if name == group.name)
    if key not in region.metric_filters and count >= MAX_METRIC_FILTERS:
        raise AwsError("LimitExceededException", "Resource limit exceeded.")
    for transformation in parameters["metricTransformations"]:
        metric_filters.validate(parameters["filterPattern"], transformation)
    region.metric_filters[key] = MetricFilter(
        name=parameters["filterName"],
        group=group.name,
        pattern=parameters["filterPattern"],
        transformations=parameters["metricTransformations"],
        created=region.now,
    )


def describe_metric_filters(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    name, namespace = parameters.get("metricName"), parameters.get("metricNamespace")
    if bool(name) != bool(namespace):
        message = "metricName and metricNamespace must be given together."
        raise AwsError("InvalidParameterException", message)
    group = parameters.get("logGroupName")
    if group:
        group_named(region, group)
    found = [
        metric_filter.described()
        for _, metric_filter in sorted(region.metric_filters.items())
        if metric_filter.group == (group or metric_filter.group)
        and metric_filter.name.startswith(parameters.get("filterNamePrefix", ""))
        and (not name or _publishes(metric_filter, name, namespace))
    ]
    return paged("metricFilters", found, parameters, "nextToken", parameters.get("limit", 50))


def _publishes(metric_filter: MetricFilter, name: str, namespace: str | None) -> bool:
    return any(
        each["metricName"] == name and each["metricNamespace"] == namespace
        for each in metric_filter.transformations
    )


def delete_metric_filter(region: Region, parameters: Parameters) -> None:
    group_named(region, parameters["logGroupName"])
    key = (parameters["logGroupName"], parameters["filterName"])
    if region.metric_filters.pop(key, None) is None:
        message = "The specified metric filter does not exist."
        raise AwsError("ResourceNotFoundException", message)


def test_metric_filter(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    """Which of the given messages match, counted from 1, and the fields that were read."""
    pattern = patterns.compile(parameters["filterPattern"])
    matches = []
    for number, message in enumerate(parameters["logEventMessages"], start=1):
        fields = pattern.match(message)
        if fields is not None:
            values = {name: str(value) for name, value in fields.items()}
            matches.append(
                {"eventNumber": number, "eventMessage": message, "extractedValues": values}
            )
    return {"matches": matches}


def put_subscription_filter(region: Region, parameters: Parameters) -> None:
    group = standard_group(region, parameters["logGroupName"])
    key = (group.name, parameters["filterName"])
    count = sum(1 for name, _ in region.subscriptions if name == group.name)
    if key not in region.subscriptions and count >= MAX_SUBSCRIPTIONS:
        raise AwsError("LimitExceededException", "Resource limit exceeded.")
    patterns.compile(parameters["filterPattern"])
    destinations.check(region, group.name, parameters)
    region.subscriptions[key] = Subscription(
        name=parameters["filterName"],
        group=group.name,
        pattern=parameters["filterPattern"],
        destination=parameters["destinationArn"],
        role=parameters.get("roleArn"),
        distribution=parameters.get("distribution", "ByLogStream"),
        created=region.now,
    )


def describe_subscription_filters(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    group = standard_group(region, parameters["logGroupName"]).name
    prefix = parameters.get("filterNamePrefix", "")
    found = [
        subscription.described()
        for (name, _), subscription in sorted(region.subscriptions.items())
        if name == group and subscription.name.startswith(prefix)
    ]
    return paged("subscriptionFilters", found, parameters, "nextToken", parameters.get("limit", 50))


def delete_subscription_filter(region: Region, parameters: Parameters) -> None:
    group_named(region, parameters["logGroupName"])
    key = (parameters["logGroupName"], parameters["filterName"])
    if region.subscriptions.pop(key, None) is None:
        message = "The specified subscription filter does not exist."
        raise AwsError("ResourceNotFoundException", message)
