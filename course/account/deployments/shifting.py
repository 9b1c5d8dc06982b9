"""One deployment of a Lambda function: hooks, shifting traffic, alarms, rolling back.

Follows the CodeDeploy user guide, "Deployments on an AWS Lambda compute platform", "AppSpec 'hooks'
section for an AWS Lambda deployment" (a hook reports within one hour), "Monitoring deployments with
Amazon CloudWatch alarms", "Redeploy and roll back a deployment" (a rollback is a deployment of its
own) and "Monitoring deployments with Amazon CloudWatch Events". How often alarms are looked at is
not documented: every ten seconds here. The words of some messages are our own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from course.account.deployments.groups import ALL_AT_ONCE, Group, steps
from course.account.errors import AwsError
from course.account.events import bus
from course.account.region import Region

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
LOOK_AT_ALARMS = 10 * SECOND
BEFORE, SHIFT, AFTER = "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"
OVER = ("Succeeded", "Failed", "Stopped")
STATES = {"InProgress": "START", "Succeeded": "SUCCESS", "Failed": "FAILURE", "Stopped": "STOP"}
CHANGE = "CodeDeploy Deployment State-change Notification"


@dataclass
class Deployment:
    """current and target: versions; weight: per cent of the traffic on the target.

    hooks: lifecycle event -> function; waiting: execution id -> lifecycle event.
    """

    id: str
    group: Group
    config: str
    revision: dict[str, Any]
    created: int
    function: str
    alias: str
    current: str
    target: str
    hooks: dict[str, str]
    creator: str = "user"
    description: str | None = None
    status: str = "Created"
    weight: int = 0
    started: int | None = None
    completed: int | None = None
    error: dict[str, str] | None = None
    rollback: dict[str, str] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)


class Deployments:
    """The deployments of a Region by id."""

    def __init__(self, region: Region) -> None:
        self.by_id: dict[str, Deployment] = {}

    def new_id(self, region: Region) -> str:
        digits = region.new_id().replace("-", "")[-9:]
        return "d-" + "".join(chr(ord("A") + int(each, 16)) for each in digits)


def begin(region: Region, deployment: Deployment) -> None:
    """Put a deployment into the Region; it starts a second later."""
    region.part(Deployments).by_id[deployment.id] = deployment
    deployment.events = {each: {"status": "Pending"} for each in (BEFORE, SHIFT, AFTER)}
    region.agenda.at(region.now + SECOND, partial(_start, region, deployment))


def _start(region: Region, deployment: Deployment) -> None:
    if deployment.status in OVER:
        return
    deployment.started = region.now
    _turn(region, deployment, "InProgress")
    try:
        found = _alias(region, deployment)
    except ClientError as error:
        said = error.response["Error"]["Message"]
        fail(region, deployment, "INVALID_LAMBDA_FUNCTION", said)
        return
    if deployment.creator == "user" and found != deployment.current:
        said = (
            f"The CurrentVersion {deployment.current} of {deployment.function} does not match the "
            f"version {found} that the alias {deployment.alias} points to."
        )
        fail(region, deployment, "INVALID_LAMBDA_CONFIGURATION", said)
        return
    _look_at_alarms(region, deployment)
    _run_hook(region, deployment, BEFORE)


def _alias(region: Region, deployment: Deployment) -> str:
    found = region.clients("lambda").get_alias(
        FunctionName=deployment.function, Name=deployment.alias
    )
    return str(found["FunctionVersion"])


def _turn(region: Region, deployment: Deployment, status: str) -> None:
    """Give a deployment another status, and tell EventBridge."""
    deployment.status = status
    if status in OVER:
        deployment.completed = region.now
    application, group = deployment.group.application, deployment.group.name
    detail = {
        "region": region.name,
        "deploymentId": deployment.id,
        "application": application,
        "deploymentGroup": group,
        "state": STATES[status],
    }
    arns = (f"application:{application}", f"deploymentgroup:{application}/{group}")
    resources = [region.arn("codedeploy", each) for each in arns]
    bus.emit(
        region, source="aws.codedeploy", detail_type=CHANGE, detail=detail, resources=resources
    )
    region.happened("deployment", deployment=deployment.id, state=STATES[status])


def _mark(region: Region, deployment: Deployment, event: str, status: str, **more: Any) -> None:
    found = deployment.events[event]
    found["status"] = status
    found["startTime" if status == "InProgress" else "endTime"] = region.now
    found.setdefault("startTime", region.now)
    found |= more


def _run_hook(region: Region, deployment: Deployment, event: str) -> None:
    """Invoke a hook's function, which reports later; without one, go on."""
    _mark(region, deployment, event, "InProgress")
    if event not in deployment.hooks:
        hook_ended(region, deployment, event, "Succeeded")
        return
    execution = region.new_id()
    deployment.waiting[execution] = event
    payload = {"DeploymentId": deployment.id, "LifecycleEventHookExecutionId": execution}
    late = partial(_is_late, region, deployment, execution)
    region.agenda.at(region.now + HOUR, late)
    _invoke(region, deployment, event, json.dumps(payload))


def _invoke(region: Region, deployment: Deployment, event: str, payload: str) -> None:
    from course.account.functions import runtime  # which imports moto's Lambda

    try:
        runtime.invoke_async(region, deployment.hooks[event], payload, source="codedeploy")
    except AwsError as error:
        hook_ended(region, deployment, event, "Failed", error.message)


def _is_late(region: Region, deployment: Deployment, execution: str) -> None:
    event = deployment.waiting.pop(execution, None)
    if event is not None and deployment.status == "InProgress":
        said = "The hook function did not report its status within one hour."
        hook_ended(region, deployment, event, "Failed", said)


def hook_ended(
    region: Region, deployment: Deployment, event: str, status: str, said: str = ""
) -> None:
    """Go on after a hook, or end the deployment."""
    if status != "Succeeded":
        said = said or "The hook function reported that it failed."
        diagnostics = {
            "errorCode": "UnknownError",
            "scriptName": deployment.hooks.get(event, ""),
            "message": said,
            "logTail": "",
        }
        _mark(region, deployment, event, "Failed", diagnostics=diagnostics)
        fail(region, deployment, "HOOK_EXECUTION_FAILURE", f"{event}: {said}")
        return
    _mark(region, deployment, event, "Succeeded")
    if event == AFTER:
        _turn(region, deployment, "Succeeded")
        return
    _mark(region, deployment, SHIFT, "InProgress")
    for minutes, percent in steps(deployment.config):
        action = partial(_shift, region, deployment, percent)
        _at(region, minutes * MINUTE, action)


def _at(region: Region, after: int, action: Callable[[], None]) -> None:
    region.agenda.at(region.now + after + SECOND, action)


def _shift(region: Region, deployment: Deployment, percent: int) -> None:
    """Put so much of the alias's traffic on the new version."""
    if deployment.status != "InProgress":
        return
    _route(region, deployment, percent)
    if percent == 100:
        _mark(region, deployment, SHIFT, "Succeeded")
        _run_hook(region, deployment, AFTER)


def _route(region: Region, deployment: Deployment, percent: int) -> None:
    """A version of 100 per cent is the alias's own; a smaller share is an additional weight."""
    deployment.weight = percent
    whole = percent == 100
    weights = {} if whole else {deployment.target: percent / 100}
    region.clients("lambda").update_alias(
        FunctionName=deployment.function,
        Name=deployment.alias,
        FunctionVersion=deployment.target if whole else deployment.current,
        RoutingConfig={"AdditionalVersionWeights": weights},
    )


def _look_at_alarms(region: Region, deployment: Deployment) -> None:
    """Stop at an alarm that rings; look again as long as the deployment goes on."""
    settings = deployment.group.settings.get("alarmConfiguration", {})
    watched = [each["name"] for each in settings.get("alarms", ())]
    if deployment.status != "InProgress" or not settings.get("enabled") or not watched:
        return
    if deployment.creator != "user":
        return
    ringing = [each for each in watched if each in region.alarms
               and region.alarms[each].state == "ALARM"]  # fmt: skip
    if ringing:
        said = (
            "One or more alarms have been activated according to the Amazon CloudWatch metrics you "
            "selected, and the affected deployments have been stopped. Activated alarms: "
            f"<{', '.join(ringing)}>"
        )
        deployment.error = {"code": "ALARM_ACTIVE", "message": said}
        stop(region, deployment, "DEPLOYMENT_STOP_ON_ALARM")
        return
    again = partial(_look_at_alarms, region, deployment)
    region.agenda.at(region.now + LOOK_AT_ALARMS, again)


def fail(region: Region, deployment: Deployment, code: str, said: str) -> None:
    """End a deployment that went wrong."""
    deployment.error = {"code": code, "message": said}
    _leave(region, deployment)
    _turn(region, deployment, "Failed")
    _roll_back(region, deployment, "DEPLOYMENT_FAILURE")


def stop(region: Region, deployment: Deployment, event: str, *, roll_back: bool = False) -> None:
    """Stop a deployment; event: an AutoRollbackEvent."""
    _leave(region, deployment)
    _turn(region, deployment, "Stopped")
    _roll_back(region, deployment, event, wanted=roll_back)


def _leave(region: Region, deployment: Deployment) -> None:
    """What has not come to its turn is skipped, what was going on has not succeeded."""
    for name, event in deployment.events.items():
        if event["status"] == "Pending":
            event["status"] = "Skipped"
        elif event["status"] == "InProgress":
            _mark(region, deployment, name, "Failed")
    deployment.waiting.clear()


def _roll_back(region: Region, failed: Deployment, event: str, *, wanted: bool = False) -> None:
    """Deploy the version that was there before, as the group's settings say."""
    settings = failed.group.settings.get("autoRollbackConfiguration", {})
    automatic = settings.get("enabled") and event in settings.get("events", ())
    if failed.creator != "user" or not (automatic or wanted):
        return
    back = Deployment(
        id=region.part(Deployments).new_id(region),
        group=failed.group,
        config=ALL_AT_ONCE,
        revision=failed.revision,
        created=region.now,
        function=failed.function,
        alias=failed.alias,
        current=failed.target,
        target=failed.current,
        hooks={},
        creator="codeDeployRollback",
        rollback={"rollbackTriggeringDeploymentId": failed.id},
    )
    failed.rollback = {
        "rollbackDeploymentId": back.id,
        "rollbackMessage": f"Deployment {failed.id} is being rolled back.",
    }
    begin(region, back)
