"""CloudFormation's operations on stacks.

Follows the CloudFormation API reference. Stacks are created and deleted; changing one is refused by
name, but for a stack that AWS would not change either. Templates come as TemplateBody.
"""

from __future__ import annotations

from typing import Any

from course.account.deployments import stack as building
from course.account.deployments.kinds import KINDS
from course.account.deployments.stack import Resource, Stack, Stacks, moment
from course.account.errors import AwsError, NotSimulated
from course.account.paging import page, page_token
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.stacks import templates
from course.telemetry.stacks.templates import INVALID, Scope, Template

Parameters = dict[str, Any]
PAGE = 100
OLD_STATE = "is in {status} state and can not be updated."


def create_stack(region: Region, parameters: Parameters) -> dict[str, Any]:
    name = parameters["StackName"]
    if region.part(Stacks).find(name) is not None:
        raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
    stack = _stack(region, name, parameters)
    region.part(Stacks).by_id[stack.id] = stack
    building.start(region, stack)
    return {"StackId": stack.id}


def _stack(region: Region, name: str, parameters: Parameters) -> Stack:
    body = _body(parameters)
    template = templates.read(body)
    given = {
        each["ParameterKey"]: each["ParameterValue"] for each in parameters.get("Parameters", ())
    }
    values = templates.parameters(template, given)
    needs = templates.dependencies(template)
    identity = region.arn("cloudformation", f"stack/{name}/{region.new_id()}")
    scope = Scope(
        {**values, **_pseudo(region, name, identity)}, _no_attribute, template.get("Conditions", {})
    )
    resources = _resources(template, scope, needs)
    _check_kinds(resources, parameters.get("Capabilities", []))
    scope.attribute = lambda logical, attribute: _attribute(resources, logical, attribute)
    keep = "DO_NOTHING" if parameters.get("DisableRollback") else "ROLLBACK"
    return Stack(
        name=name,
        id=identity,
        body=body,
        template=template,
        parameters=values,
        resources=resources,
        scope=scope,
        created=region.now,
        rollback=parameters.get("OnFailure", keep),
        tags=parameters.get("Tags", []),
        capabilities=parameters.get("Capabilities", []),
    )


def _body(parameters: Parameters) -> str:
    if "TemplateBody" not in parameters:
        raise NotSimulated(
            "cloudformation:CreateStack without TemplateBody", "Give the template's text."
        )
    return str(parameters["TemplateBody"])


def _pseudo(region: Region, name: str, identity: str) -> dict[str, str]:
    return {
        "AWS::AccountId": region.account_id,
        "AWS::Partition": "aws",
        "AWS::Region": region.name,
        "AWS::StackId": identity,
        "AWS::StackName": name,
        "AWS::URLSuffix": "amazonaws.com",
    }


def _no_attribute(logical: str, attribute: str) -> Any:
    raise RuleError(INVALID, f"Template error: {logical}.{attribute} is not known here")


def _attribute(resources: dict[str, Resource], logical: str, attribute: str) -> Any:
    known = resources[logical].attributes if logical in resources else {}
    if attribute not in known:
        kind = resources[logical].kind if logical in resources else logical
        message = f"Requested attribute {attribute} does not exist in schema for {kind}"
        raise RuleError(INVALID, f"Template error: {message}")
    return known[attribute]


def _resources(template: Template, scope: Scope, needs: dict[str, set[str]]) -> dict[str, Resource]:
    """The resources whose condition holds."""
    wanted = {
        name: each
        for name, each in template["Resources"].items()
        if "Condition" not in each or scope.holds(each["Condition"])
    }
    return {
        name: Resource(name, each["Type"], each, needs[name] & set(wanted))
        for name, each in wanted.items()
    }


def _check_kinds(resources: dict[str, Resource], capabilities: list[str]) -> None:
    for each in resources.values():
        if each.kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise NotSimulated(
                f"cloudformation:CreateStack with {each.kind}", f"Known here: {known}."
            )
    roles = [each for each in resources.values() if each.kind == "AWS::IAM::Role"]
    named = any("RoleName" in each.definition.get("Properties", {}) for each in roles)
    wanted = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    if roles and not {wanted, "CAPABILITY_NAMED_IAM"} & set(capabilities):
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{wanted}]")


def update_stack(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Only a stack that AWS would refuse to change, too, is answered."""
    stack = found(region, parameters["StackName"])
    if stack.status == "CREATE_COMPLETE":
        raise NotSimulated(
            "cloudformation:UpdateStack", "Delete the stack and create it from the new template."
        )
    raise AwsError(INVALID, f"Stack:{stack.id} {OLD_STATE.format(status=stack.status)}")


def delete_stack(region: Region, parameters: Parameters) -> dict[str, Any]:
    stack = region.part(Stacks).find(parameters["StackName"])
    busy = ("DELETE_IN_PROGRESS", "DELETE_COMPLETE")
    if stack is not None and stack.status not in busy:
        building.delete(region, stack)
    return {}


def found(region: Region, name: str) -> Stack:
    """The stack of a name or id."""
    stack = region.part(Stacks).find(name)
    if stack is None:
        raise AwsError(INVALID, f"Stack with id {name} does not exist")
    return stack


def describe_stacks(region: Region, parameters: Parameters) -> dict[str, Any]:
    if name := parameters.get("StackName"):
        return {"Stacks": [_described(found(region, name))]}
    alive = [
        each for each in region.part(Stacks).by_id.values() if each.status != "DELETE_COMPLETE"
    ]
    return {"Stacks": [_described(each) for each in reversed(alive)]}


def _described(stack: Stack) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "StackId": stack.id,
        "StackName": stack.name,
        "CreationTime": moment(stack.created),
        "StackStatus": stack.status,
        "DisableRollback": stack.rollback == "DO_NOTHING",
        "Capabilities": stack.capabilities,
        "Tags": stack.tags,
        "NotificationARNs": [],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": _as_text(value)}
            for key, value in stack.parameters.items()
        ],
        "DriftInformation": stack.drift or {"StackDriftStatus": "NOT_CHECKED"},
    }
    more = {
        "StackStatusReason": stack.reason,
        "Outputs": stack.outputs or None,
        "Description": stack.template.get("Description"),
        "DeletionTime": None if stack.deleted is None else moment(stack.deleted),
    }
    return shown | {key: value for key, value in more.items() if value is not None}


def _as_text(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)


def describe_stack_events(region: Region, parameters: Parameters) -> dict[str, Any]:
    """The newest event first."""
    stack = found(region, parameters["StackName"])
    events, token = page(stack.events[::-1], parameters.get("NextToken"), PAGE, invalid=INVALID)
    return {"StackEvents": list(events), **page_token("NextToken", token)}


def describe_stack_resources(region: Region, parameters: Parameters) -> dict[str, Any]:
    stack = found(region, parameters["StackName"])
    shown = [
        {"StackName": stack.name, "StackId": stack.id, "Timestamp": moment(each.changed)}
        | _summary(each)
        for each in stack.resources.values()
        if each.status and parameters.get("LogicalResourceId") in (None, each.logical)
    ]
    return {"StackResources": shown}


def list_stack_resources(region: Region, parameters: Parameters) -> dict[str, Any]:
    stack = found(region, parameters["StackName"])
    return {
        "StackResourceSummaries": [
            {"LastUpdatedTimestamp": moment(each.changed)} | _summary(each)
            for each in stack.resources.values()
            if each.status
        ]
    }


def _summary(resource: Resource) -> dict[str, Any]:
    shown = {
        "LogicalResourceId": resource.logical,
        "PhysicalResourceId": resource.physical,
        "ResourceType": resource.kind,
        "ResourceStatus": resource.status,
    }
    return shown | ({"ResourceStatusReason": resource.reason} if resource.reason else {})


def list_stacks(region: Region, parameters: Parameters) -> dict[str, Any]:
    """Deleted stacks too."""
    wanted = parameters.get("StackStatusFilter")
    shown = [
        {
            "StackId": each.id,
            "StackName": each.name,
            "CreationTime": moment(each.created),
            "StackStatus": each.status,
        }
        for each in reversed(region.part(Stacks).by_id.values())
        if not wanted or each.status in wanted
    ]
    return {"StackSummaries": shown}


def get_template(region: Region, parameters: Parameters) -> dict[str, Any]:
    return {"TemplateBody": found(region, parameters["StackName"]).body}


def validate_template(region: Region, parameters: Parameters) -> dict[str, Any]:
    template = templates.read(_body(parameters))
    templates.dependencies(template)
    declared = [
        {"ParameterKey": key, "DefaultValue": _as_text(each.get("Default", ""))}
        for key, each in template.get("Parameters", {}).items()
    ]
    return {"Parameters": declared, "Description": template.get("Description", "")}
