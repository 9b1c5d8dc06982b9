def set_probes(cluster: str, service: str) -> None:
    """Gives a service of ECS checks that end tasks which are broken, and no others.

    - A task whose threads hang is replaced within five minutes.
    - A task gets requests (is healthy in its target group) when its caches are warm, not before.
    - The start may take up to four minutes until a program listens, and six until it is warm. No
      task may be stopped for that. A target is healthy after five good checks, 30 s apart.
    - When the database is away, no task is stopped.

    The program listens on port 8080; curl is in the image. The target group's ARN is in what
    describe_services says; the container keeps its settings, and gets a check of its own.
    """
    ecs, elb = boto3.client("ecs"), boto3.client("elbv2")
    now = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    group = now["loadBalancers"][0]["targetGroupArn"]
    elb.modify_target_group(TargetGroupArn=group, HealthCheckPath="/ready")
    old = ecs.describe_task_definition(taskDefinition=now["taskDefinition"])["taskDefinition"]
    check = ["CMD-SHELL", "curl -sf localhost:8080/live || exit 1"]
    container = {**old["containerDefinitions"][0], "healthCheck": {"command": check}}
    kept = ("family", "cpu", "memory", "networkMode", "requiresCompatibilities")
    new = ecs.register_task_definition(
        **{name: old[name] for name in kept}, containerDefinitions=[container]
    )
    ecs.update_service(
        cluster=cluster,
        service=service,
        taskDefinition=new["taskDefinition"]["taskDefinitionArn"],
        healthCheckGracePeriodSeconds=600,
    )
