"""Drift detection: whether a stack's resources still are as their template says.

Follows the CloudFormation user guide, "Detect unmanaged configuration changes to stacks and
resources with drift detection": only properties that the template sets are compared, and resources
of types that cannot be compared are NOT_CHECKED and left out. Covered are queues, topics, buckets,
tables and functions.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from course.account.deployments.kinds import KINDS, client_of
from course.account.deployments.stack import Resource, Stack, Stacks, is_gone, moment
from course.account.deployments.stacks import found
from course.account.errors import AwsError
from course.account.region import Region

Parameters = dict[str, Any]
SECONDS = 5
READY = ("CREATE_COMPLETE",)


def detect_stack_drift(region: Region, parameters: Parameters) -> dict[str, Any]:
    stack = found(region, parameters["StackName"])
    if stack.status not in READY:
        message = f"Drift detection is not available to the stack in {stack.status} state."
        raise AwsError("ValidationError", message)
    identity = region.new_id()
    region.part(Stacks).detections[identity] = {
        "StackId": stack.id,
        "StackDriftDetectionId": identity,
        "DetectionStatus": "DETECTION_IN_PROGRESS",
        "Timestamp": moment(region.now),
    }
    region.agenda.at(region.now + SECONDS * 1000, partial(_detect, region, stack, identity))
    return {"StackDriftDetectionId": identity}


def _detect(region: Region, stack: Stack, identity: str) -> None:
    for resource in stack.resources.values():
        resource.drift = _drift(region, stack, resource)
    drifted = [
        each
        for each in stack.resources.values()
        if each.drift and each.drift["StackResourceDriftStatus"] in ("MODIFIED", "DELETED")
    ]
    status = "DRIFTED" if drifted else "IN_SYNC"
    stack.drift = {"StackDriftStatus": status, "LastCheckTimestamp": moment(region.now)}
    region.part(Stacks).detections[identity] |= {
        "DetectionStatus": "DETECTION_COMPLETE",
        "StackDriftStatus": status,
        "DriftedStackResourceCount": len(drifted),
    }


def _drift(region: Region, stack: Stack, resource: Resource) -> dict[str, Any] | None:
    """What drift detection says of one resource; None for a type that it does not cover."""
    read = KINDS[resource.kind].read
    if read is None or not resource.made:
        return None
    shown: dict[str, Any] = {
        "StackId": stack.id,
        "LogicalResourceId": resource.logical,
        "PhysicalResourceId": resource.physical,
        "ResourceType": resource.kind,
        "Timestamp": moment(region.now),
        "ExpectedProperties": json.dumps(resource.properties),
    }
    try:
        actual = read(client_of(region, resource.kind), resource.physical)
    except ClientError as error:
        if not is_gone(error):
            raise
        return {**shown, "StackResourceDriftStatus": "DELETED"}
    differences = list(_differences(resource.properties, actual))
    return {
        **shown,
        "ActualProperties": json.dumps({**resource.properties, **_set(resource, actual)}),
        "PropertyDifferences": differences,
        "StackResourceDriftStatus": "MODIFIED" if differences else "IN_SYNC",
    }


def _set(resource: Resource, actual: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in actual.items() if name in resource.properties}


# Properties that `read` gives only where they are set: without them they have been taken away.
_REMOVABLE = ("RedrivePolicy", "ReservedConcurrentExecutions", "Environment",
              "VersioningConfiguration")  # fmt: skip


def _differences(expected: Any, actual: dict[str, Any]) -> Iterator[dict[str, str]]:
    for name, wanted in expected.items():
        if name in actual and _plain(actual[name]) != _plain(wanted):
            yield _difference(name, wanted, actual[name], "NOT_EQUAL")
        elif name in _REMOVABLE and name not in actual:
            yield _difference(name, wanted, None, "REMOVE")


def _difference(name: str, wanted: Any, actual: Any, kind: str) -> dict[str, str]:
    return {
        "PropertyPath": f"/{name}",
        "ExpectedValue": _written(wanted),
        "ActualValue": _written(actual),
        "DifferenceType": kind,
    }


def _written(value: Any) -> str:
    return json.dumps(value) if isinstance(value, (dict, list)) or value is None else str(value)


def _plain(value: Any) -> Any:
    """Numbers and texts compare as texts; lists of attributes in any order."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=repr)
    return str(value)


def describe_stack_drift_detection_status(region: Region, parameters: Parameters) -> dict[str, Any]:
    identity = parameters["StackDriftDetectionId"]
    shown = region.part(Stacks).detections.get(identity)
    if shown is None:
        message = f"Drift detection {identity} does not exist"
        raise AwsError("ValidationError", message)
    return shown


def describe_stack_resource_drifts(region: Region, parameters: Parameters) -> dict[str, Any]:
    stack = found(region, parameters["StackName"])
    wanted = parameters.get("StackResourceDriftStatusFilters")
    shown = [each.drift for each in stack.resources.values() if each.drift]
    return {
        "StackResourceDrifts": [
            each for each in shown if not wanted or each["StackResourceDriftStatus"] in wanted
        ]
    }
