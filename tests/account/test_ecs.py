"""ECS on Fargate: sizes, services and tasks on the clock, health, deployments, Spot."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account, NotSimulated
from tests.account.behaviours import behaviour
from tests.account.containers import IMAGE, NETWORK, Shop

CHECK = {"command": ["CMD-SHELL", "curl -f http://localhost/live || exit 1"], "interval": 10}


@pytest.fixture
def shop(account: Account, session: boto3.Session) -> Shop:
    return Shop(account, session)


def problem(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


@behaviour("ecs.sizes")
@pytest.mark.parametrize(
    ("cpu", "memory"),
    [("256", "513"), ("333", "512"), ("1024", "1024"), ("4096", "61440"), ("8192", "18432")],
)
def test_sizes_that_fargate_lacks_are_refused(shop: Shop, cpu: str, memory: str) -> None:
    with pytest.raises(ClientError) as error:
        shop.define(cpu=cpu, memory=memory)
    assert problem(error) == (
        "ClientException",
        f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. "
        "See the Amazon ECS documentation for the valid values.",
    )


@behaviour("ecs.sizes")
def test_large_sizes_and_units_are_taken(shop: Shop) -> None:
    for cpu, memory in (("8192", "61440"), ("16384", "122880"), (".25 vCPU", "0.5 GB")):
        arn = shop.define(cpu=cpu, memory=memory)
    found = shop.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    assert (found["cpu"], found["memory"], found["revision"]) == ("256", "512", 3)


@behaviour("ecs.definitions")
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"networkMode": "bridge"}, "Fargate only supports network mode ‘awsvpc’."),
        ({"cpu": ""}, "Fargate requires that 'cpu' be defined at the task level."),
        ({"container": {"links": ["db"]}}, "Links are not supported when networkMode=awsvpc."),
        (
            {"container": {"memory": 1024}},
            "The 'memory' setting for container 'app' is greater than for the task.",
        ),
        ({"container": {"stopTimeout": 121}}, "stopTimeout must be between 2 and 120"),
        ({"container": {"essential": False}}, "At least one container must be marked as essential"),
        ({"container": {"healthCheck": {**CHECK, "interval": 4}}}, "interval must be between"),
        (
            {"container": {"logConfiguration": {"logDriver": "awslogs"}}},
            "Fargate requires task definition to have execution role ARN",
        ),
    ],
)
def test_definitions_that_fargate_does_not_run_are_refused(
    shop: Shop, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as error:
        shop.define(**given)
    assert problem(error)[0] == "ClientException"
    assert problem(error)[1].startswith(message) or message in problem(error)[1]


@behaviour("ecs.definitions")
def test_definitions_are_listed_and_deregistered(shop: Shop) -> None:
    first, second = shop.define(), shop.define()
    assert shop.ecs.list_task_definitions()["taskDefinitionArns"] == [first, second]
    assert shop.ecs.list_task_definition_families()["families"] == ["web"]
    gone = shop.ecs.deregister_task_definition(taskDefinition=second)["taskDefinition"]
    assert gone["status"] == "INACTIVE"
    assert shop.ecs.list_task_definitions()["taskDefinitionArns"] == [first]
    newest = shop.ecs.describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert newest["taskDefinitionArn"] == first


@behaviour("ecs.services")
def test_a_service_gets_to_its_count_on_the_clock(shop: Shop) -> None:
    shop.define()
    shop.serve(3)
    seen = []
    for seconds in (5, 15, 20):
        seen.append(Counter(task["lastStatus"] for task in shop.tasks()))
        shop.account.advance(seconds=seconds)
    assert [*seen] == [{"PROVISIONING": 3}, {"PROVISIONING": 3}, {"PENDING": 3}]
    service = shop.service()
    assert (service["runningCount"], service["pendingCount"]) == (3, 0)
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert service["events"][0]["message"] == "(service web) has reached a steady state."
    shop.ecs.update_service(service="web", desiredCount=1)
    shop.account.advance(seconds=10)
    [reason] = {task["stoppedReason"] for task in shop.tasks("STOPPED")}
    assert reason.startswith("Scaling activity initiated by (deployment ecs-svc/")
    assert shop.service()["runningCount"] == 1


@behaviour("ecs.waiters")
def test_waiters_wait_on_the_clock(shop: Shop) -> None:
    shop.define()
    shop.serve()
    shop.ecs.get_waiter("services_stable").wait(services=["web"])
    assert shop.service()["runningCount"] == 2


@behaviour("ecs.run_task")
def test_a_task_runs_until_it_ends_by_itself(shop: Shop) -> None:
    shop.account.image(IMAGE, exit_after=20, exit_code=0)
    shop.define()
    [task] = shop.ecs.run_task(taskDefinition="web", networkConfiguration=NETWORK)["tasks"]
    assert (task["lastStatus"], task["cpu"], task["memory"]) == ("PROVISIONING", "256", "512")
    shop.account.advance(seconds=40)
    assert [each["lastStatus"] for each in shop.tasks()] == ["RUNNING"]
    happened = shop.account.advance(seconds=30)
    [ended] = shop.tasks("STOPPED")
    assert ended["containers"][0]["exitCode"] == 0
    assert ended["stopCode"] == "EssentialContainerExited"
    assert [each["what"] for each in happened] == ["task"]
    with pytest.raises(ClientError) as error:
        shop.ecs.run_task(taskDefinition="web")
    assert problem(error)[1].startswith("Network Configuration must be provided")
    shop.account.advance(hours=1)
    assert shop.tasks("STOPPED") == []


@behaviour("ecs.stop")
@pytest.mark.parametrize(
    ("patience", "code", "seconds"), [(3, 0, 3), (40, 137, 30), (None, 137, 30)]
)
def test_sigterm_and_then_sigkill(
    shop: Shop, patience: float | None, code: int, seconds: int
) -> None:
    shop.account.image(IMAGE, term_seconds=patience)
    shop.define()
    [task] = shop.ecs.run_task(taskDefinition="web", networkConfiguration=NETWORK)["tasks"]
    shop.account.advance(seconds=60)
    shop.ecs.stop_task(task=task["taskArn"], reason="enough")
    shop.account.advance(seconds=60)
    [ended] = shop.tasks("STOPPED")
    assert ended["containers"][0]["exitCode"] == code
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "enough")
    assert (ended["executionStoppedAt"] - ended["stoppingAt"]).total_seconds() == seconds


@behaviour("ecs.out_of_memory")
def test_who_runs_out_of_memory_is_killed_and_replaced(shop: Shop) -> None:
    shop.account.image(IMAGE, memory=lambda moment: 400 + 4 * moment.seconds)
    shop.define()
    shop.serve(1)
    shop.account.advance(seconds=75)
    [ended] = shop.tasks("STOPPED")
    [container] = ended["containers"]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"
    assert ended["stoppedReason"] == "Essential container in task exited"
    assert len(shop.tasks()) == 1


@behaviour("ecs.out_of_memory")
def test_a_containers_own_limit_and_a_sidecar_that_is_not_essential(shop: Shop) -> None:
    shop.account.image("shop/sidecar", memory=80)
    sidecar = {"name": "side", "image": "shop/sidecar", "memory": 70, "essential": False}
    app = {"name": "app", "image": IMAGE}
    shop.define(containerDefinitions=[app, sidecar])
    shop.serve(1)
    shop.account.advance(minutes=2)
    [task] = shop.tasks()
    codes = {each["name"]: each.get("exitCode") for each in task["containers"]}
    assert (task["lastStatus"], codes) == ("RUNNING", {"app": None, "side": 137})


@behaviour("ecs.metrics")
def test_use_in_per_cent_of_the_task(shop: Shop) -> None:
    shop.account.image(IMAGE, cpu=lambda moment: 128 / moment.tasks, memory=384)
    shop.define()
    shop.serve(2)
    shop.account.advance(minutes=5)
    found = {}
    for name in ("CPUUtilization", "MemoryUtilization"):
        answer = shop.cloudwatch.get_metric_statistics(
            Namespace="AWS/ECS",
            MetricName=name,
            Dimensions=[
                {"Name": "ClusterName", "Value": "default"},
                {"Name": "ServiceName", "Value": "web"},
            ],
            StartTime=shop.account.now.replace(minute=2),
            EndTime=shop.account.now,
            Period=60,
            Statistics=["Average", "SampleCount"],
        )
        found[name] = {(each["Average"], each["SampleCount"]) for each in answer["Datapoints"]}
    assert found == {"CPUUtilization": {(25.0, 12.0)}, "MemoryUtilization": {(75.0, 12.0)}}


@behaviour("ecs.insights")
def test_container_insights_count_tasks_where_it_is_on(shop: Shop) -> None:
    shop.define()
    for name, value in (("on", "enabled"), ("off", "disabled")):
        settings = [{"name": "containerInsights", "value": value}]
        shop.ecs.create_cluster(clusterName=name, settings=settings)
        shop.ecs.create_service(
            cluster=name,
            serviceName="web",
            taskDefinition="web",
            desiredCount=1,
            networkConfiguration=NETWORK,
        )
    shop.account.advance(minutes=2)
    listed = shop.cloudwatch.list_metrics(
        Namespace="ECS/ContainerInsights", MetricName="RunningTaskCount"
    )["Metrics"]
    clusters = [each["Value"] for metric in listed for each in metric["Dimensions"][:1]]
    assert clusters == ["on"]


@behaviour("ecs.container_checks")
def test_a_failing_container_check_has_the_task_replaced(shop: Shop) -> None:
    shop.account.image(IMAGE, answers=lambda path, moment: 500 if moment.seconds > 60 else 200)
    shop.define(container={"healthCheck": CHECK})
    shop.serve(1)
    shop.account.advance(seconds=60)
    assert [task["healthStatus"] for task in shop.tasks()] == ["HEALTHY"]
    shop.account.advance(seconds=60)
    [ended] = shop.tasks("STOPPED")
    assert ended["stoppedReason"] == "Task failed container health checks"
    assert ended["stopCode"] == "ServiceSchedulerInitiated"


@behaviour("ecs.container_checks")
def test_the_start_period_forgives_a_slow_start(shop: Shop) -> None:
    shop.account.image(IMAGE, ready_after=60)
    shop.define(container={"healthCheck": {**CHECK, "startPeriod": 60}})
    shop.serve(1)
    shop.account.advance(minutes=3)
    assert shop.tasks("STOPPED") == []
    assert [task["healthStatus"] for task in shop.tasks()] == ["HEALTHY"]


@behaviour("ecs.container_checks")
def test_a_task_without_a_service_goes_on_unhealthy(shop: Shop) -> None:
    shop.account.image(IMAGE, answers=lambda path, moment: 503)
    shop.define(container={"healthCheck": CHECK})
    shop.ecs.run_task(taskDefinition="web", networkConfiguration=NETWORK)
    shop.account.advance(minutes=3)
    found = [(task["lastStatus"], task["healthStatus"]) for task in shop.tasks()]
    assert found == [("RUNNING", "UNHEALTHY")]


@behaviour("ecs.balancer_checks")
@pytest.mark.parametrize(("grace", "survives"), [(0, False), (150, True)])
def test_a_load_balancer_has_slow_starters_stopped_unless_there_is_grace(
    shop: Shop, grace: int, survives: bool
) -> None:
    shop.account.image(IMAGE, ready_after=60)
    shop.define()
    balancer = shop.balance(HealthCheckPath="/ready", HealthyThresholdCount=3)
    shop.serve(1, healthCheckGracePeriodSeconds=grace, **balancer)
    shop.account.advance(minutes=4)
    assert (shop.tasks("STOPPED") == []) is survives
    if survives:
        assert shop.targets() == ["healthy"]
    else:
        reasons = {task["stoppedReason"] for task in shop.tasks("STOPPED")}
        arn = balancer["loadBalancers"][0]["targetGroupArn"]
        assert reasons == {f"Task failed ELB health checks in (target-group {arn})"}


@behaviour("ecs.balancer_checks")
def test_target_health_is_described_with_its_reason(shop: Shop) -> None:
    shop.account.image(IMAGE, answers=lambda path, moment: {"/ready": 503}.get(path, 200))
    shop.define()
    shop.serve(1, healthCheckGracePeriodSeconds=900, **shop.balance(HealthCheckPath="/ready"))
    shop.account.advance(seconds=35)
    assert shop.targets() == ["initial"]
    shop.account.advance(minutes=1)
    [group] = shop.elb.describe_target_groups(Names=["web"])["TargetGroups"]
    arn = group["TargetGroupArn"]
    [found] = shop.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert found["TargetHealth"] == {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [503]",
    }
    shop.elb.modify_target_group(TargetGroupArn=arn, HealthCheckPath="/live")
    shop.account.advance(minutes=1)
    assert shop.targets() == ["healthy"]


@behaviour("ecs.balancer_checks")
@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ({"ready_after": 600}, "Target.FailedHealthChecks"),
        ({"answers": lambda path, moment: None}, "Target.Timeout"),
    ],
)
def test_nobody_listening_is_not_the_same_as_no_answer(
    shop: Shop, image: dict[str, Any], reason: str
) -> None:
    shop.account.image(IMAGE, **image)
    shop.define()
    [balancer] = shop.balance()["loadBalancers"]
    shop.serve(1, healthCheckGracePeriodSeconds=900, loadBalancers=[balancer])
    shop.account.advance(minutes=2)
    arn = balancer["targetGroupArn"]
    [found] = shop.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert found["TargetHealth"]["Reason"] == reason


@behaviour("ecs.balancer_checks")
def test_an_outage_of_a_dependency_kills_only_who_checks_it(shop: Shop) -> None:
    """The liveness check asks the program alone, the container check here asks the database."""
    outage = shop.account.now.timestamp() + 300

    def answers(path: str, moment: Any) -> int:
        down = 0 <= moment.time.timestamp() - outage < 300
        return 503 if down and path == "/deep" else 200

    shop.account.image(IMAGE, answers=answers)
    killed = {}
    for path in ("/live", "/deep"):
        command = {"command": ["CMD-SHELL", f"curl -f http://localhost{path}"], "interval": 10}
        shop.define(container={"healthCheck": command})
        shop.ecs.create_service(
            serviceName=path[1:],
            taskDefinition="web",
            desiredCount=2,
            networkConfiguration=NETWORK,
        )
    shop.account.advance(minutes=12)
    for name in ("live", "deep"):
        arns = shop.ecs.list_tasks(serviceName=name, desiredStatus="STOPPED")["taskArns"]
        killed[name] = len(arns)
    assert killed["live"] == 0 and killed["deep"] >= 2


@behaviour("ecs.rolling_update")
def test_a_rolling_update_never_has_too_few(shop: Shop) -> None:
    shop.account.image(IMAGE, ready_after=20)
    shop.define(container={"healthCheck": CHECK})
    shop.serve(4)
    shop.account.advance(minutes=2)
    second = shop.define(container={"healthCheck": CHECK})
    shop.ecs.update_service(service="web", taskDefinition="web")
    least = 4
    for _ in range(30):
        shop.account.advance(seconds=5)
        healthy = [task for task in shop.tasks() if task["healthStatus"] == "HEALTHY"]
        least = min(least, len(healthy))
    assert least == 4
    assert {task["taskDefinitionArn"] for task in shop.tasks()} == {second}
    [only] = shop.service()["deployments"]
    assert (only["status"], only["rolloutState"]) == ("PRIMARY", "COMPLETED")


@behaviour("ecs.circuit_breaker")
@pytest.mark.parametrize("rollback", [True, False])
def test_the_circuit_breaker_ends_a_deployment(shop: Shop, rollback: bool) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": rollback}}
    first = shop.define(container={"healthCheck": CHECK})
    shop.serve(2, deploymentConfiguration=breaker)
    shop.account.advance(minutes=2)
    shop.account.image("shop/web:2", answers=lambda path, moment: 500)
    shop.define(container={"healthCheck": CHECK, "image": "shop/web:2"})
    shop.ecs.update_service(service="web", taskDefinition="web")
    shop.account.advance(minutes=15)
    service = shop.service()
    running = {
        task["taskDefinitionArn"] for task in shop.tasks() if task["lastStatus"] == "RUNNING"
    }
    assert running == {first}
    deployment = service["deployments"][0]
    if rollback:
        assert (service["taskDefinition"], deployment["rolloutState"]) == (first, "COMPLETED")
        assert any("rolling back to deployment" in each["message"] for each in service["events"])
    else:
        assert deployment["rolloutState"] == "FAILED"
        reason = "ECS deployment circuit breaker: tasks failed to start."
        assert (deployment["rolloutStateReason"], deployment["failedTasks"]) == (reason, 3)


@behaviour("ecs.spot")
def test_spot_capacity_by_weight_and_its_end(shop: Shop) -> None:
    queue = shop.sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = shop.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["aws.ecs"], "detail": {"stopCode": ["SpotInterruption"]}}
    rule = shop.events.put_rule(Name="spot", EventPattern=json.dumps(pattern))["RuleArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn["QueueArn"],
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    shop.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    shop.events.put_targets(Rule="spot", Targets=[{"Id": "q", "Arn": arn["QueueArn"]}])
    shop.account.image(IMAGE, term_seconds=90)
    shop.define(container={"stopTimeout": 120})
    strategy = [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3},
    ]
    shop.serve(5, capacityProviderStrategy=strategy)
    shop.account.advance(minutes=1)
    used = Counter(task["capacityProviderName"] for task in shop.tasks())
    assert used == {"FARGATE": 2, "FARGATE_SPOT": 3}
    shop.account.spot_interruption(share=0.3)
    shop.account.advance(seconds=1)
    [message] = shop.sqs.receive_message(QueueUrl=queue)["Messages"]
    detail = json.loads(message["Body"])["detail"]
    assert (detail["lastStatus"], detail["desiredStatus"]) == ("RUNNING", "STOPPED")
    assert len(shop.tasks()) == 5
    shop.account.advance(minutes=2)
    [ended] = shop.tasks("STOPPED")
    assert ended["stopCode"] == "SpotInterruption"
    assert ended["stoppedReason"] == "Your Spot Task was interrupted."
    assert ended["containers"][0]["exitCode"] == 0
    assert (ended["executionStoppedAt"] - ended["stoppingAt"]).total_seconds() == 90


@behaviour("ecs.consumers")
@pytest.mark.parametrize(("patience", "lost"), [(20, False), (2, True)])
def test_a_consumer_finishes_its_message_if_there_is_time(
    shop: Shop, patience: float, lost: bool
) -> None:
    queue = shop.sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "60"})
    shop.account.image(IMAGE, consumes="jobs", message_seconds=12, term_seconds=patience)
    shop.define()
    [task] = shop.ecs.run_task(taskDefinition="web", networkConfiguration=NETWORK)["tasks"]
    shop.account.traffic("sqs:jobs", [(40_000, "first")])
    shop.account.advance(seconds=45)
    shop.ecs.stop_task(task=task["taskArn"])
    shop.account.advance(seconds=90)
    left = shop.sqs.receive_message(QueueUrl=queue["QueueUrl"]).get("Messages", [])
    assert (len(left) == 1) is lost
    codes = [each["containers"][0]["exitCode"] for each in shop.tasks("STOPPED")]
    assert codes == [0]


@behaviour("ecs.consumers")
def test_consumers_share_a_queue(shop: Shop) -> None:
    queue = shop.sqs.create_queue(QueueName="jobs")["QueueUrl"]
    shop.account.image(IMAGE, consumes="jobs", message_seconds=10)
    shop.define()
    shop.serve(3)
    shop.account.traffic("sqs:jobs", [(60_000, str(number)) for number in range(9)])
    shop.account.advance(seconds=89)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = shop.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    assert list(found.values()) == ["0", "3"]
    shop.account.advance(seconds=1)
    found = shop.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    assert list(found.values()) == ["0", "0"]


@behaviour("ecs.refused")
def test_what_fargate_is_not_is_refused_by_name(shop: Shop) -> None:
    shop.define()
    with pytest.raises(NotSimulated, match="launchType EC2"):
        shop.serve(1, launchType="EC2")
    with pytest.raises(NotSimulated, match="requiresCompatibilities"):
        shop.define(requiresCompatibilities=["EC2"])
    with pytest.raises(NotSimulated, match="deploymentController"):
        shop.serve(1, deploymentController={"type": "CODE_DEPLOY"})
    with pytest.raises(NotSimulated, match="serviceRegistries"):
        shop.serve(1, serviceRegistries=[{"registryArn": "arn"}])
    with pytest.raises(NotSimulated, match="ecs:ExecuteCommand"):
        shop.ecs.execute_command(task="t", command="sh", interactive=True)
    with pytest.raises(NotSimulated, match="elbv2:CreateLoadBalancer"):
        shop.elb.create_load_balancer(Name="web")
    with pytest.raises(NotSimulated, match="TargetType other than ip"):
        shop.elb.create_target_group(Name="i", Protocol="HTTP", Port=80, VpcId="vpc-1")
    with pytest.raises(ValueError, match="has no 'ram'"):
        shop.account.image(IMAGE, ram=4)
    with pytest.raises(ValueError, match="share"):
        shop.account.spot_interruption(share=2)
    with pytest.raises(ValueError, match="no queue 'nowhere'"):
        shop.account.traffic("sqs:nowhere", [(0, "x")])


@behaviour("ecs.errors")
def test_what_does_not_exist_is_an_error_of_ecs(shop: Shop) -> None:
    codes = []
    for call in (
        lambda: shop.ecs.list_services(cluster="none"),
        lambda: shop.ecs.update_service(service="none", desiredCount=1),
        lambda: shop.ecs.stop_task(task="none"),
        lambda: shop.ecs.describe_task_definition(taskDefinition="none"),
        lambda: shop.ecs.create_cluster(capacityProviders=["mine"]),
        lambda: shop.elb.describe_target_health(TargetGroupArn="none"),
    ):
        with pytest.raises(ClientError) as error:
            call()
        codes.append(problem(error)[0])
    assert codes == [
        "ClusterNotFoundException",
        "ServiceNotFoundException",
        "InvalidParameterException",
        "ClientException",
        "InvalidParameterException",
        "TargetGroupNotFound",
    ]
    assert shop.ecs.describe_services(services=["none"])["failures"][0]["reason"] == "MISSING"
    assert shop.ecs.describe_tasks(tasks=["none"])["failures"][0]["reason"] == "MISSING"
    assert shop.ecs.describe_clusters(clusters=["none"])["failures"][0]["reason"] == "MISSING"


@behaviour("ecs.clusters")
def test_clusters_and_services_come_and_go(shop: Shop) -> None:
    shop.define()
    shop.serve(1)
    shop.account.advance(minutes=1)
    [found] = shop.ecs.describe_clusters()["clusters"]
    assert (found["runningTasksCount"], found["activeServicesCount"]) == (1, 1)
    with pytest.raises(ClientError) as error:
        shop.ecs.delete_service(service="web")
    assert problem(error)[1] == "The service cannot be stopped while it is scaled above 0."
    with pytest.raises(ClientError) as error:
        shop.ecs.delete_cluster(cluster="default")
    assert problem(error)[0] == "ClusterContainsServicesException"
    shop.ecs.delete_service(service="web", force=True)
    shop.account.advance(minutes=1)
    assert (shop.tasks(), shop.ecs.list_services()["serviceArns"]) == ([], [])
    shop.ecs.delete_cluster(cluster="default")
    assert shop.ecs.list_clusters()["clusterArns"] == []


@behaviour("ecs.clusters")
def test_a_clusters_own_strategy_and_settings(shop: Shop) -> None:
    spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    shop.ecs.put_cluster_capacity_providers(
        cluster="default", capacityProviders=["FARGATE_SPOT"], defaultCapacityProviderStrategy=spot
    )
    settings = [{"name": "containerInsights", "value": "enabled"}]
    shop.ecs.update_cluster(cluster="default", settings=settings)
    [found] = shop.ecs.describe_clusters()["clusters"]
    assert (found["capacityProviders"], found["settings"]) == (["FARGATE_SPOT"], settings)
    shop.define()
    shop.serve(1)
    assert [task["capacityProviderName"] for task in shop.tasks()] == ["FARGATE_SPOT"]
    with pytest.raises(ClientError) as error:
        shop.ecs.run_task(
            taskDefinition="web",
            networkConfiguration=NETWORK,
            capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1}],
        )
    assert problem(error)[1] == "The capacity provider is not associated with the cluster."
