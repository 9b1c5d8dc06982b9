# misconception: Tasks divided by messages.
# expect: one task all the time
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
        return {"MetricStat": {"Metric": told, "Stat": stat}, "ReturnData": False}

    visible = metric("ApproximateNumberOfMessagesVisible", "AWS/SQS", "Maximum", QueueName=queue)
    tasks = {"ClusterName": cluster, "ServiceName": service}
    running = metric("RunningTaskCount", "ECS/ContainerInsights", "Average", **tasks)
    backlog = {"Id": "backlog", "Expression": "running / visible", "ReturnData": True}
    formula = [{"Id": "visible", **visible}, {"Id": "running", **running}, backlog]
    scaling.put_scaling_policy(
        **which,
        PolicyName="backlog",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": patience / seconds,
            "CustomizedMetricSpecification": {"Metrics": formula},
        },
    )
