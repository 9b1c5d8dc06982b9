"""Deployments of functions: traffic that shifts, hooks that report, alarms that roll back."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from course.account import Account
from course.account.errors import NotSimulated
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas

CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
LINEAR = "CodeDeployDefault.LambdaLinear10PercentEvery1Minute"
ALL = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]
ROLLBACK = {"enabled": True, "events": ALL}
HOOK = """
import boto3

def lambda_handler(event, context):
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="{status}",
    )
"""
VERSION = "def lambda_handler(event, context):\n    return {number}\n"


@pytest.fixture
def shop(account: Account) -> Lambdas:
    """The function `f` with versions 1 and 2, its alias `live` on 1, and an application."""
    lambdas = Lambdas(boto3.Session(), {})
    lambdas.make(VERSION.format(number=1), Publish=True)
    from course.account import package

    code = package(VERSION.format(number=2))
    lambdas.client.update_function_code(FunctionName="f", ZipFile=code, Publish=True)
    lambdas.client.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    client().create_application(applicationName="shop", computePlatform="Lambda")
    return lambdas


def client() -> Any:
    return boto3.client("codedeploy")


def group(config: str = CANARY, **settings: Any) -> None:
    client().create_deployment_group(
        applicationName="shop",
        deploymentGroupName="live",
        deploymentConfigName=config,
        serviceRoleArn="arn:aws:iam::123456789012:role/deploy",
        **settings,
    )


def appspec(current: str = "1", **hooks: str) -> dict[str, Any]:
    properties = {"Name": "f", "Alias": "live", "CurrentVersion": current, "TargetVersion": "2"}
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties}
    content = {"version": 0.0, "Resources": [{"f": resource}]}
    content["Hooks"] = [{event: function} for event, function in hooks.items()]
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": json.dumps(content)}}


def deploy(revision: dict[str, Any] | None = None) -> str:
    return str(
        client().create_deployment(
            applicationName="shop",
            deploymentGroupName="live",
            revision=appspec() if revision is None else revision,
        )["deploymentId"]
    )


def info(identity: str) -> dict[str, Any]:
    found: dict[str, Any] = client().get_deployment(deploymentId=identity)["deploymentInfo"]
    return found


def target(identity: str) -> dict[str, Any]:
    ids = client().list_deployment_targets(deploymentId=identity)["targetIds"]
    found = client().batch_get_deployment_targets(deploymentId=identity, targetIds=ids)
    shown: dict[str, Any] = found["deploymentTargets"][0]["lambdaTarget"]
    return shown


def statuses(identity: str) -> dict[str, str]:
    events = target(identity)["lifecycleEvents"]
    return {each["lifecycleEventName"]: each["status"] for each in events}


def routed(shop: Lambdas) -> tuple[str, dict[str, float]]:
    found = shop.client.get_alias(FunctionName="f", Name="live")
    weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
    return found["FunctionVersion"], weights


@behaviour("codedeploy.shift")
def test_a_canary_shifts_a_tenth_and_then_the_rest(account: Account, shop: Lambdas) -> None:
    group()
    identity = deploy()
    assert info(identity)["status"] == "Created"
    account.advance(minutes=1)
    assert info(identity)["status"] == "InProgress"
    assert routed(shop) == ("1", {"2": 0.1})
    assert target(identity)["lambdaFunctionInfo"]["targetVersionWeight"] == 0.1
    account.advance(minutes=5)
    assert info(identity)["status"] == "Succeeded"
    assert routed(shop) == ("2", {})
    assert set(statuses(identity).values()) == {"Succeeded"}


def test_a_linear_deployment_takes_nine_minutes(account: Account, shop: Lambdas) -> None:
    group(LINEAR)
    identity = deploy()
    account.advance(minutes=4, seconds=30)
    assert routed(shop) == ("1", {"2": 0.5})
    account.advance(minutes=5)
    assert info(identity)["status"] == "Succeeded"


def test_a_waiter_ends_with_the_deployment(shop: Lambdas) -> None:
    group()
    identity = deploy()
    client().get_waiter("deployment_successful").wait(deploymentId=identity)
    assert routed(shop) == ("2", {})


@behaviour("codedeploy.hooks")
def test_hooks_run_before_and_after(account: Account, shop: Lambdas) -> None:
    group("CodeDeployDefault.LambdaAllAtOnce")
    shop.make(HOOK.format(status="Succeeded"), "CodeDeployHook_check")
    identity = deploy(
        appspec(BeforeAllowTraffic="CodeDeployHook_check", AfterAllowTraffic="CodeDeployHook_check")
    )
    account.advance(minutes=2)
    assert info(identity)["status"] == "Succeeded"
    assert len([line for line in shop.log("CodeDeployHook_check") if line.startswith("START")]) == 2


@behaviour("codedeploy.failure")
def test_a_hook_that_fails_keeps_the_traffic_away(account: Account, shop: Lambdas) -> None:
    group(autoRollbackConfiguration=ROLLBACK)
    shop.make(HOOK.format(status="Failed"), "CodeDeployHook_check")
    identity = deploy(appspec(BeforeAllowTraffic="CodeDeployHook_check"))
    account.advance(minutes=2)
    found = info(identity)
    assert found["status"] == "Failed"
    assert found["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    assert statuses(identity) == {
        "BeforeAllowTraffic": "Failed",
        "AllowTraffic": "Skipped",
        "AfterAllowTraffic": "Skipped",
    }
    diagnostics = target(identity)["lifecycleEvents"][0]["diagnostics"]
    assert diagnostics["errorCode"] == "UnknownError"
    assert diagnostics["scriptName"] == "CodeDeployHook_check"
    assert routed(shop) == ("1", {})


def test_a_hook_that_says_nothing_fails_after_an_hour(account: Account, shop: Lambdas) -> None:
    group()
    shop.make("def lambda_handler(event, context):\n    return 1\n", "CodeDeployHook_mute")
    identity = deploy(appspec(BeforeAllowTraffic="CodeDeployHook_mute"))
    account.advance(minutes=59)
    assert info(identity)["status"] == "InProgress"
    account.advance(minutes=3)
    assert "one hour" in info(identity)["errorInformation"]["message"]


def test_a_hook_that_does_not_exist_fails(account: Account, shop: Lambdas) -> None:
    group()
    identity = deploy(appspec(BeforeAllowTraffic="CodeDeployHook_gone"))
    account.advance(minutes=1)
    assert info(identity)["status"] == "Failed"


@behaviour("codedeploy.alarms")
def test_an_alarm_stops_the_deployment_and_rolls_it_back(account: Account, shop: Lambdas) -> None:
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors", Namespace="N", MetricName="m", Statistic="Sum", Period=60,
        EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    group(
        alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
        autoRollbackConfiguration=ROLLBACK,
    )
    identity = deploy()
    account.advance(minutes=1)
    assert routed(shop) == ("1", {"2": 0.1})
    cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "m", "Value": 5}])
    account.advance(minutes=3)
    found = info(identity)
    assert found["status"] == "Stopped"
    assert found["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert "<errors>" in found["errorInformation"]["message"]
    back = info(found["rollbackInfo"]["rollbackDeploymentId"])
    assert (back["creator"], back["status"]) == ("codeDeployRollback", "Succeeded")
    assert back["rollbackInfo"]["rollbackTriggeringDeploymentId"] == identity
    assert routed(shop) == ("1", {})


def test_without_automatic_rollback_the_traffic_stays(account: Account, shop: Lambdas) -> None:
    group()
    identity = deploy()
    account.advance(minutes=1)
    client().stop_deployment(deploymentId=identity)
    account.advance(minutes=9)
    assert info(identity)["status"] == "Stopped"
    assert routed(shop) == ("1", {"2": 0.1})
    with pytest.raises(ClientError, match="already completed"):
        client().stop_deployment(deploymentId=identity)


def test_stopping_may_ask_for_a_rollback(account: Account, shop: Lambdas) -> None:
    group()
    identity = deploy()
    account.advance(minutes=1)
    client().stop_deployment(deploymentId=identity, autoRollbackEnabled=True)
    account.advance(minutes=1)
    assert routed(shop) == ("1", {})
    assert len(client().list_deployments(applicationName="shop")["deployments"]) == 2


@behaviour("codedeploy.events")
def test_changes_of_state_reach_eventbridge(account: Account, shop: Lambdas) -> None:
    logs, events = boto3.client("logs"), boto3.client("events")
    logs.create_log_group(logGroupName="/aws/events/deployments")
    events.put_rule(Name="d", EventPattern=json.dumps({"source": ["aws.codedeploy"]}))
    arn = f"arn:aws:logs:{account.region}:{account.id}:log-group:/aws/events/deployments"
    events.put_targets(Rule="d", Targets=[{"Id": "1", "Arn": arn}])
    group()
    identity = deploy(appspec(current="7"))
    account.advance(minutes=2)
    found = logs.filter_log_events(logGroupName="/aws/events/deployments")["events"]
    seen = [json.loads(each["message"]) for each in found]
    assert [each["detail"]["state"] for each in seen] == ["START", "FAILURE"]
    assert seen[0]["detail"]["deploymentId"] == identity
    assert seen[0]["detail-type"] == "CodeDeploy Deployment State-change Notification"
    assert info(identity)["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"


@pytest.mark.parametrize(
    "revision",
    [
        {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k"}},
        {"revisionType": "AppSpecContent", "appSpecContent": {"content": "]"}},
        {"revisionType": "AppSpecContent", "appSpecContent": {"content": "Resources: []"}},
        appspec(ApplicationStart="f"),
    ],
)
def test_what_is_no_appspec_is_refused(shop: Lambdas, revision: dict[str, Any]) -> None:
    group()
    with pytest.raises(ClientError) as caught:
        deploy(revision)
    assert caught.value.response["Error"]["Code"] == "InvalidRevisionException"


def test_names_that_do_not_exist(shop: Lambdas) -> None:
    codes = []
    for call in (
        lambda: group("CodeDeployDefault.LambdaCanary10Percent7Minutes"),
        lambda: deploy(),
        lambda: info("d-AAAAAAAAA"),
        lambda: client().get_application(applicationName="nothing"),
    ):
        with pytest.raises(ClientError) as caught:
            call()
        codes.append(caught.value.response["Error"]["Code"])
    assert codes == [
        "DeploymentConfigDoesNotExistException",
        "DeploymentGroupDoesNotExistException",
        "DeploymentDoesNotExistException",
        "ApplicationDoesNotExistException",
    ]


@behaviour("codedeploy.others")
def test_servers_and_ecs_are_refused(shop: Lambdas) -> None:
    for platform in ("Server", "ECS"):
        with pytest.raises(NotSimulated, match=platform):
            client().create_application(applicationName="x", computePlatform=platform)
    with pytest.raises(NotSimulated, match="triggerConfigurations"):
        group(triggerConfigurations=[{"triggerName": "t"}])
    with pytest.raises(NotSimulated, match="CreateDeploymentConfig"):
        client().create_deployment_config(deploymentConfigName="own")


def test_groups_are_kept_as_they_were_made(shop: Lambdas) -> None:
    group(autoRollbackConfiguration=ROLLBACK)
    client().update_deployment_group(
        applicationName="shop", currentDeploymentGroupName="live", deploymentConfigName=LINEAR
    )
    found = client().get_deployment_group(applicationName="shop", deploymentGroupName="live")
    shown = found["deploymentGroupInfo"]
    assert (shown["deploymentConfigName"], shown["computePlatform"]) == (LINEAR, "Lambda")
    assert shown["autoRollbackConfiguration"] == ROLLBACK
    listed = client().list_deployment_groups(applicationName="shop")["deploymentGroups"]
    client().delete_deployment_group(applicationName="shop", deploymentGroupName="live")
    client().delete_application(applicationName="shop")
    assert (listed, client().list_applications()["applications"]) == (["live"], [])
