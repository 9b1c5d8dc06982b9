"""Application Auto Scaling: services follow their CPU, their backlog, and their owner's steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated, fresh
from course.account.containers.images import Moment
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.containers import IMAGE, Shop

SERVICE = [
    {"Name": "ClusterName", "Value": "default"},
    {"Name": "ServiceName", "Value": "web"},
]


@pytest.fixture
def shop(account: Account, session: boto3.Session) -> Shop:
    found = Shop(account, session)
    found.define()
    return found


def shared(demand: Callable[[float], float], start: float) -> Callable[[Moment], float]:
    """CPU units of one of so many tasks. demand: in all, by minutes since the start."""
    return lambda moment: demand((moment.time.timestamp() - start) / 60) / moment.tasks


def busy(shop: Shop, demand: Callable[[float], float], count: int = 2) -> None:
    shop.account.image(IMAGE, cpu=shared(demand, shop.account.now.timestamp()))
    shop.serve(count)
    shop.account.advance(minutes=1)


@behaviour("scaling.alarms")
def test_target_tracking_makes_its_alarms(shop: Shop) -> None:
    shop.serve()
    shop.scale()
    names = shop.track(70)
    found = shop.cloudwatch.describe_alarms(AlarmNames=names)["MetricAlarms"]
    seen = [
        (
            alarm["AlarmName"].rpartition("-Alarm")[0],
            alarm["ComparisonOperator"],
            alarm["Threshold"],
            alarm["EvaluationPeriods"],
        )
        for alarm in found
    ]
    prefix = "TargetTracking-service/default/web"
    assert seen == [
        (prefix, "GreaterThanThreshold", 70.0, 3),
        (prefix, "LessThanThreshold", 63.0, 15),
    ]
    assert shop.track(50, DisableScaleIn=True)[0] not in names
    left = [each["Threshold"] for each in shop.cloudwatch.describe_alarms()["MetricAlarms"]]
    assert left == [50.0]
    shop.scaling.delete_scaling_policy(PolicyName="cpu", **shop.target)
    assert shop.cloudwatch.describe_alarms()["MetricAlarms"] == []


@behaviour("scaling.happens")
def test_out_after_three_minutes_and_in_after_fifteen(shop: Shop) -> None:
    busy(shop, lambda minutes: 480 if minutes < 30 else 128)
    shop.scale()
    shop.track(50)
    counts = []
    for _ in range(60):
        shop.account.advance(minutes=1)
        counts.append(shop.service()["desiredCount"])
    # 480 of 2 x 256 are 93.75 %: twice that many tasks are at 47 %, and 128 are half of one.
    assert counts[0] == 2 and counts[1] == 4
    assert set(counts[5:40]) == {4} and counts[-1] == 1
    first = counts.index(1) + 2  # the policy was put a minute after the start
    assert 30 + 15 <= first <= 30 + 17
    [newest, *_] = shop.scaling.describe_scaling_activities(ServiceNamespace="ecs")[
        "ScalingActivities"
    ]
    assert newest["Description"] == "Setting desired count to 1."
    assert "AlarmLow" in newest["Cause"] and newest["Cause"].endswith("triggered policy cpu")


@behaviour("scaling.cooldown")
@pytest.mark.parametrize(("cooldown", "most"), [(600, 1), (0, 4)])
def test_while_cooling_down_only_a_larger_demand_scales_out(
    shop: Shop, cooldown: int, most: int
) -> None:
    """The use of each task stays at 100 %, so a policy that does not wait doubles each time."""
    busy(shop, lambda minutes: 1e9, count=1)
    shop.scale(most=16)
    shop.track(50, ScaleOutCooldown=cooldown)
    shop.account.advance(minutes=9)
    assert len(shop.activities()) == most
    assert shop.activities()[0] == "Setting desired count to 2."


@behaviour("scaling.limits")
def test_between_the_limits_and_not_while_suspended(shop: Shop) -> None:
    busy(shop, lambda minutes: 1e9)
    shop.scale(least=3, most=4)
    assert shop.service()["desiredCount"] == 3
    shop.track(20)
    suspended = {"DynamicScalingOutSuspended": True}
    shop.scaling.register_scalable_target(**shop.target, SuspendedState=suspended)
    shop.account.advance(minutes=6)
    assert shop.service()["desiredCount"] == 3
    suspended = {"DynamicScalingOutSuspended": False}
    shop.scaling.register_scalable_target(**shop.target, SuspendedState=suspended)
    shop.account.advance(minutes=6)
    assert shop.service()["desiredCount"] == 4


def backlog() -> dict[str, Any]:
    """Messages for each running task, by metric math."""
    messages = {
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": "jobs"}],
    }
    tasks = {
        "Namespace": "ECS/ContainerInsights",
        "MetricName": "RunningTaskCount",
        "Dimensions": SERVICE,
    }
    return {
        "Metrics": [
            {"Id": "m", "MetricStat": {"Metric": messages, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "t", "MetricStat": {"Metric": tasks, "Stat": "Average"}, "ReturnData": False},
            {"Id": "backlog", "Expression": "m / t", "ReturnData": True},
        ]
    }


def work(shop: Shop, messages: int) -> str:
    """A queue with so many messages a second for 10 minutes; tasks need 10 s for each."""
    queue = str(shop.sqs.create_queue(QueueName="jobs")["QueueUrl"])
    settings = [{"name": "containerInsights", "value": "enabled"}]
    shop.ecs.update_cluster_settings(cluster="default", settings=settings)
    shop.account.image(IMAGE, consumes="jobs", message_seconds=10, cpu=2, message_cpu=5)
    shop.serve(1)
    arrivals = [(1000 * second, "job") for second in range(600) for _ in range(messages)]
    shop.account.traffic("sqs:jobs", arrivals)
    shop.scale(most=30)
    return queue


def left(shop: Shop, queue: str) -> int:
    names = ["ApproximateNumberOfMessages"]
    found = shop.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)
    return int(found["Attributes"][names[0]])


@behaviour("scaling.backlog")
def test_backlog_per_task_drains_a_queue_that_cpu_would_not(shop: Shop) -> None:
    queue = work(shop, messages=1)
    shop.track(6, ScaleOutCooldown=60, CustomizedMetricSpecification=backlog())
    shop.account.advance(minutes=14)
    assert left(shop, queue) == 0
    assert shop.activities()[0] != "Setting desired count to 1."


@behaviour("scaling.backlog")
def test_cpu_says_nothing_of_workers_that_wait(shop: Shop) -> None:
    queue = work(shop, messages=1)
    shop.track(60)
    shop.account.advance(minutes=14)
    assert left(shop, queue) > 400
    assert shop.activities() == []


@behaviour("scaling.steps")
def test_steps_follow_an_alarm_of_ones_own(shop: Shop) -> None:
    busy(shop, lambda minutes: 460)
    shop.scale()
    policy = shop.scaling.put_scaling_policy(
        **shop.target,
        PolicyName="steps",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration={
            "AdjustmentType": "ChangeInCapacity",
            "Cooldown": 300,
            "StepAdjustments": [
                {
                    "MetricIntervalLowerBound": 0,
                    "MetricIntervalUpperBound": 20,
                    "ScalingAdjustment": 1,
                },
                {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3},
            ],
        },
    )
    shop.cloudwatch.put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=SERVICE,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=2,
        Threshold=60,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy["PolicyARN"]],
    )
    shop.account.advance(minutes=5)
    assert shop.activities() == ["Setting desired count to 5."]
    [found] = shop.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert [each["AlarmName"] for each in found["Alarms"]] == ["busy"]


@behaviour("scaling.steps")
def test_a_larger_step_adds_only_what_is_missing_while_cooling_down(shop: Shop) -> None:
    """First one task more; when the alarm is twice as far away, three more than at the start."""
    use = iter([70] * 3 + [95] * 100)
    level = {"minute": -1, "use": 0.0}

    def cpu(moment: Moment) -> float:
        minute = moment.time.minute
        if minute != level["minute"]:
            level.update(minute=minute, use=next(use))
        return 256 * level["use"] / 100

    shop.account.image(IMAGE, cpu=cpu)
    shop.serve(2)
    shop.scale()
    low = {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1}
    high = {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 3}
    config = {
        "AdjustmentType": "ChangeInCapacity",
        "Cooldown": 600,
        "StepAdjustments": [low, high],
    }
    policy = shop.scaling.put_scaling_policy(
        **shop.target,
        PolicyName="s",
        PolicyType="StepScaling",
        StepScalingPolicyConfiguration=config,
    )
    shop.cloudwatch.put_metric_alarm(
        AlarmName="busy",
        Namespace="AWS/ECS",
        MetricName="CPUUtilization",
        Dimensions=SERVICE,
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=60,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[policy["PolicyARN"]],
    )
    shop.account.advance(minutes=9)
    assert shop.activities() == ["Setting desired count to 3.", "Setting desired count to 5."]


@behaviour("scaling.happens")
def test_the_same_again(shop: Shop) -> None:
    """Nothing is drawn by chance: the same account does the same."""
    told = []
    for _ in range(2):
        with fresh(WORLD) as account:
            other = Shop(account, boto3.Session())
            other.define()
            busy(other, lambda minutes: 600 if minutes < 20 else 100)
            other.scale()
            other.track(50)
            happened = account.advance(hours=1)
            told.append([(each["time"], each["what"], each.get("task")) for each in happened])
    assert told[0] == told[1] and len(told[0]) > 5


@behaviour("scaling.refused")
def test_what_is_not_scaled_here_is_refused_by_name(shop: Shop) -> None:
    shop.serve()
    with pytest.raises(NotSimulated, match="namespace dynamodb"):
        shop.scaling.register_scalable_target(
            ServiceNamespace="dynamodb",
            ResourceId="table/orders",
            ScalableDimension="dynamodb:table:ReadCapacityUnits",
            MinCapacity=1,
            MaxCapacity=2,
        )
    with pytest.raises(ClientError, match="No scalable target registered"):
        shop.track(50)
    shop.scale()
    for name in ("ALBRequestCountPerTarget", "ECSServiceAverageCPUUtilizationHighResolution"):
        with pytest.raises(NotSimulated, match=name):
            shop.track(50, PredefinedMetricSpecification={"PredefinedMetricType": name})
    with pytest.raises(ClientError, match="not supported for service namespace ecs"):
        other = {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"}
        shop.track(50, PredefinedMetricSpecification=other)
    with pytest.raises(NotSimulated, match="PutScheduledAction"):
        shop.scaling.put_scheduled_action(
            **shop.target, ScheduledActionName="night", Schedule="rate(1 hour)"
        )
    with pytest.raises(ClientError, match="overlap"):
        steps = [{"MetricIntervalLowerBound": low, "ScalingAdjustment": 1} for low in (0, 10)]
        config = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps}
        shop.scaling.put_scaling_policy(
            **shop.target,
            PolicyName="s",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration=config,
        )


@behaviour("scaling.targets")
def test_targets_are_described_and_go_with_their_policies(shop: Shop) -> None:
    shop.serve()
    shop.scale(least=1, most=9)
    shop.track(50)
    [found] = shop.scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (found["MinCapacity"], found["MaxCapacity"]) == (1, 9)
    shop.scaling.deregister_scalable_target(**shop.target)
    listed = shop.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert listed == shop.cloudwatch.describe_alarms()["MetricAlarms"] == []
