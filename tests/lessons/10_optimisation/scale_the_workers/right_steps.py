def follow_the_queue(cluster: str, service: str, queue: str, seconds: int, patience: int) -> None:
    """Lets an ECS service have as many tasks, from 1 to 30, as its queue needs.

    seconds: what a task needs for a message. patience: seconds after which a waiting message is to
    be begun. A rush may double that until tasks have been added, which takes minutes; but not for
    long, and not with many more tasks than there is work for. After it, one task remains.

    Metrics: AWS/SQS, ApproximateNumberOfMessagesVisible (QueueName), and ECS/ContainerInsights,
    RunningTaskCount (ClusterName, ServiceName), which this cluster publishes each minute.
    """
    scaling = boto3.client("application-autoscaling")
    which = {"ServiceNamespace": "ecs", "ResourceId": f"service/{cluster}/{service}"}
    which["ScalableDimension"] = "ecs:service:DesiredCount"
    scaling.register_scalable_target(**which, MinCapacity=1, MaxCapacity=30)

    def metric(name: str, namespace: str, stat: str, **dimensions: str) -> dict:
        pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        told = {"Namespace": namespace, "MetricName": name, "Dimensions": pairs}
        return {"MetricStat": {"Metric": told, "Stat": stat, "Period": 60}, "ReturnData": False}

    def steps(name: str, compare: str, bound: float, periods: int, adjustments: list) -> None:
        config = {
            "AdjustmentType": "PercentChangeInCapacity",
            "MinAdjustmentMagnitude": 1,
            "Cooldown": 120,
            "StepAdjustments": adjustments,
        }
        made = scaling.put_scaling_policy(
            **which,
            PolicyName=name,
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration=config,
        )
        tasks = {"ClusterName": cluster, "ServiceName": service}
        visible = "ApproximateNumberOfMessagesVisible"
        boto3.client("cloudwatch").put_metric_alarm(
            AlarmName=f"{service}-{name}",
            Metrics=[
                {"Id": "v", **metric(visible, "AWS/SQS", "Maximum", QueueName=queue)},
                {
                    "Id": "r",
                    **metric("RunningTaskCount", "ECS/ContainerInsights", "Average", **tasks),
                },
                {"Id": "b", "Expression": "v / r", "ReturnData": True},
            ],
            ComparisonOperator=compare,
            Threshold=bound,
            EvaluationPeriods=periods,
            AlarmActions=[made["PolicyARN"]],
        )

    backlog = patience / seconds
    up = [
        {
            "MetricIntervalLowerBound": 0,
            "MetricIntervalUpperBound": backlog,
            "ScalingAdjustment": 50,
        },
        {"MetricIntervalLowerBound": backlog, "ScalingAdjustment": 100},
    ]
    down = [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -50}]
    steps("out", "GreaterThanThreshold", backlog, 2, up)
    steps("in", "LessThanThreshold", backlog / 4, 5, down)
