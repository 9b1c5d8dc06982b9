"""Who may call a function: AddPermission, RemovePermission, GetPolicy.

Function, version and alias have a policy each ("Working with resource-based IAM policies in
Lambda"; Qualifier of AddPermission in the API reference): what is said of the function does not
hold for those who call it by an alias, and a statement about an alias stays with it when it points
elsewhere. moto keeps such a statement with the version that the alias points to, and never removes
it. The statements themselves are made by moto.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.awslambda.policy import Policy

from course.account.errors import AwsError
from course.account.functions.configured import LATEST, Name, parse
from course.account.functions.runtime import Functions
from course.account.region import Region

Parameters = dict[str, Any]


def policy_of(function: Any, qualifier: str | None) -> Policy:
    """The policy of one of moto's functions ($LATEST), or of its version or alias."""
    if qualifier in (None, LATEST):
        return function.policy
    kept: dict[str, Policy] = function.__dict__.setdefault("course_policies", {})
    return kept.setdefault(str(qualifier), Policy(function))


def _found(region: Region, parameters: Parameters) -> tuple[Policy, Name]:
    """The policy that a request is about; ResourceNotFoundException without its function."""
    functions = region.part(Functions)
    name = parse(region, parameters["FunctionName"], parameters.get("Qualifier"))
    functions.catalogue.find(name, functions.rng)
    return policy_of(functions.catalogue.latest(name.name), name.qualifier), name


def _check_revision(policy: Policy, parameters: Parameters) -> None:
    if parameters.get("RevisionId") not in (None, "", policy.revision):
        raise AwsError(
            "PreconditionFailedException",
            "The RevisionId provided does not match the latest RevisionId for the Lambda function "
            "or alias. Call the GetFunction or the GetAlias API to retrieve the latest RevisionId "
            "for your resource.",
        )


def add_permission(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    policy, name = _found(region, parameters)
    _check_revision(policy, parameters)
    sid = parameters["StatementId"]
    if any(each.get("Sid") == sid for each in policy.statements):
        raise AwsError(
            "ResourceConflictException",
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, "
            "or remove the existing statement.",
        )
    given = {
        key: value
        for key, value in parameters.items()
        if key not in ("FunctionName", "Qualifier", "RevisionId")
    }
    statement, _ = policy.add_statement(json.dumps(given), name.qualifier)
    return {"Statement": json.dumps(statement)}


def remove_permission(region: Region, parameters: Parameters) -> None:
    policy, _ = _found(region, parameters)
    _check_revision(policy, parameters)
    sid = parameters["StatementId"]
    if not any(each.get("Sid") == sid for each in policy.statements):
        raise AwsError(
            "ResourceNotFoundException", f"Statement {sid} is not found in resource policy."
        )
    policy.del_statement(sid)


def get_policy(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    policy, _ = _found(region, parameters)
    if not policy.statements:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.")
    found = policy.get_policy()
    return {"Policy": json.dumps(found["Policy"]), "RevisionId": found["RevisionId"]}
