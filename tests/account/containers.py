"""Services and tasks for the tests of ECS and of scaling."""

from __future__ import annotations

from typing import Any

import boto3

from course.account import Account

NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}
IMAGE = "shop/web:1"
DIMENSION = "ecs:service:DesiredCount"


class Shop:
    """One cluster with the service `web`; what is not said is as plain as it can be."""

    def __init__(self, account: Account, session: boto3.Session) -> None:
        self.account = account
        names = ("ecs", "elbv2", "application-autoscaling", "cloudwatch", "sqs", "events")
        clients = {name: session.client(name) for name in names}
        self.ecs, self.elb, self.scaling = (clients[name] for name in names[:3])
        self.cloudwatch, self.sqs, self.events = (clients[name] for name in names[3:])

    def define(self, *, family: str = "web", **given: Any) -> str:
        """Register a task definition; container: settings of its one container."""
        container = {"name": "app", "image": IMAGE, "portMappings": [{"containerPort": 80}]}
        whole = {
            "family": family,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [{**container, **given.pop("container", {})}],
            **given,
        }
        answer = self.ecs.register_task_definition(**whole)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def serve(self, count: int = 2, **given: Any) -> None:
        """Create the service."""
        self.ecs.create_service(
            serviceName="web",
            taskDefinition="web",
            desiredCount=count,
            networkConfiguration=NETWORK,
            **given,
        )

    def service(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ecs.describe_services(services=["web"])["services"][0]
        return found

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(desiredStatus=status)["taskArns"]
        found: list[dict[str, Any]] = []
        if arns:
            found = self.ecs.describe_tasks(tasks=arns)["tasks"]
        return found

    def balance(self, **given: Any) -> dict[str, Any]:
        """A target group, as create_service takes it."""
        made = self.elb.create_target_group(
            Name="web",
            Protocol="HTTP",
            Port=80,
            VpcId="vpc-1",
            TargetType="ip",
            HealthCheckIntervalSeconds=10,
            **given,
        )
        arn = made["TargetGroups"][0]["TargetGroupArn"]
        one = {"targetGroupArn": arn, "containerName": "app", "containerPort": 80}
        return {"loadBalancers": [one]}

    def targets(self) -> list[str]:
        """The states of the tasks in the target group."""
        arn = self.elb.describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
        found = self.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return [each["TargetHealth"]["State"] for each in found]

    def scale(self, least: int = 1, most: int = 20) -> None:
        """Register the service as a scalable target."""
        self.scaling.register_scalable_target(**self.target, MinCapacity=least, MaxCapacity=most)

    @property
    def target(self) -> dict[str, str]:
        return {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/default/web",
            "ScalableDimension": DIMENSION,
        }

    def track(self, target: float, name: str = "cpu", **config: Any) -> list[str]:
        """A target tracking policy, on the CPU if nothing else is said; its alarms' names."""
        if "CustomizedMetricSpecification" not in config:
            config.setdefault(
                "PredefinedMetricSpecification",
                {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
            )
        answer = self.scaling.put_scaling_policy(
            **self.target,
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": target, **config},
        )
        return [each["AlarmName"] for each in answer["Alarms"]]

    def activities(self) -> list[str]:
        """What was scaled, oldest first."""
        found = self.scaling.describe_scaling_activities(ServiceNamespace="ecs")
        return [each["Description"] for each in reversed(found["ScalingActivities"])]
