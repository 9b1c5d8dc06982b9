"""Each cause of wrong parcels shows itself as on AWS, and a shop in order packs each order once."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from course import account
from course.incidents import parcels
from course.telemetry.world import World

AT = 1_774_036_800_000
OTHER = {"topic": "sales", "queue": "wraps", "function": "stow"}


def opened() -> Any:
    return account.fresh(World("sister", AT, AT, [], []))


def sold(trial: Any, cause: str, made: dict[str, str], count: int = 20) -> dict[str, int]:
    """How often each of so many orders was packed, those left out that customers fetch."""
    orders = parcels.orders(count)
    parcels.sell(trial, cause, made["topic"], orders)
    counted = parcels.parcels(OTHER["function"])
    assert not [o for o in orders if o["delivery"] == "pickup" and o["id"] in counted]
    return {o["id"]: counted.get(o["id"], 0) for o in orders if o["delivery"] != "pickup"}


def total(namespace: str, name: str, **dimension: str) -> float:
    [(key, value)] = dimension.items()
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value}],
        StartTime=AT / 1000 - 60,
        EndTime=AT / 1000 + 3600,
        Period=7200,
        Statistics=["Sum"],
    )["Datapoints"]
    return sum(point["Sum"] for point in points)


def dead(made: dict[str, str]) -> int:
    asked = boto3.client("sqs").get_queue_attributes(
        QueueUrl=made["dead"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(asked["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize("calm", [False, True], ids=["busy", "calm"])
@pytest.mark.parametrize("neighbours", [False, True], ids=["alone", "neighbours"])
def test_a_shop_in_order_packs_each_order_once(calm: bool, neighbours: bool) -> None:
    with opened() as trial:
        made = parcels.start("", OTHER, calm=calm, neighbours=neighbours)
        assert set(sold(trial, "", made).values()) == {1}
        assert dead(made) == 0


def test_no_cause_shows_in_the_errors_of_the_function() -> None:
    for cause in parcels.CAUSES:
        with opened() as trial:
            sold(trial, cause, parcels.start(cause, OTHER))
            assert total("AWS/Lambda", "Errors", FunctionName="stow") == 0


@pytest.mark.parametrize(("cause", "filtered", "failed"), [("policy", 4, 36), ("filter", 20, 20)])
def test_what_never_reaches_the_queue(cause: str, filtered: int, failed: int) -> None:
    with opened() as trial:
        counted = sold(trial, cause, parcels.start(cause, OTHER))
        topic = {"TopicName": "sales"}
        assert total("AWS/SNS", "NumberOfNotificationsFilteredOut", **topic) == filtered
        assert total("AWS/SNS", "NumberOfNotificationsFailed", **topic) == failed
        assert total("AWS/SQS", "NumberOfMessagesSent", QueueName="wraps") == 0
    assert set(counted.values()) == {0}


def test_the_queue_gives_out_again_what_is_worked_on() -> None:
    with opened() as trial:
        made = parcels.start("visibility", OTHER)
        counted = sold(trial, "visibility", made)
        assert 10 < dead(made) <= 16, "they are dead although they were packed"
    assert set(counted.values()) <= {1, 2, 3} and 3 in counted.values()


def test_what_is_reported_is_deleted_when_nobody_listens() -> None:
    with opened() as trial:
        made = parcels.start("report", OTHER)
        counted = sold(trial, "report", made)
        assert dead(made) == 0
        group = {"logGroupName": "/aws/lambda/stow", "filterPattern": '"later"'}
        lines = boto3.client("logs").filter_log_events(**group)["events"]
    later = {json.loads(line["message"])["later"] for line in lines}
    assert {order for order, times in counted.items() if not times} == later
    assert len(later) == 3


def test_only_two_topics_may_send_to_the_queue() -> None:
    with opened() as trial:
        made = parcels.start("", OTHER)
        for topic in (parcels.RETURNS, parcels.STRAY):
            message = {"id": topic, "items": 1, "fragile": False}
            boto3.client("sns").publish(TopicArn=made[topic], Message=json.dumps(message))
        trial.advance(minutes=2)
        assert parcels.parcels("stow") == {parcels.RETURNS: 1}


def test_a_function_that_never_ran_has_packed_nothing() -> None:
    with opened():
        parcels.start("", OTHER)
        assert parcels.parcels("stow") == {}


@pytest.mark.parametrize(
    ("cause", "calm", "said"),
    [("weather", False, "no cause 'weather'; there are: policy"), ("report", True, "calm carrier")],
)
def test_what_cannot_be_is_refused(cause: str, calm: bool, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parcels.start(cause, calm=calm)
