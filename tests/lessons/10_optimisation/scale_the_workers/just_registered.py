# misconception: Registering is enough.
# expect: no policy says when
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
