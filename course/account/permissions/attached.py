"""The policies that the account holds: of users and roles, and of resources.

What IAM, S3, SQS, SNS and Lambda have stored is asked through their own APIs, so a policy is in
force as soon as it has been put. Left out: the policies of DynamoDB tables, Kinesis streams and
secrets, which nothing here judges.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from course.telemetry.permissions import Policy

if TYPE_CHECKING:
    from course.account.region import Region

_ENTITY = re.compile(r"arn:aws:iam::\d+:(role|user)/(?:.*/)?([^/]+)")


@dataclass(frozen=True)
class Entity:
    """A user or a role. arn: as IAM has it."""

    kind: str
    name: str
    arn: str


def entity(region: Region, given: str) -> Entity:
    """The role of a name, or the role or user of an ARN; ValueError if there is none."""
    match = _ENTITY.fullmatch(given)
    kind, name = match.groups() if match else ("role", given)
    try:
        return Entity(kind, name, _described(region, kind, name)["Arn"])
    except ClientError as error:
        raise ValueError(f"the account has no {kind} called {name!r}: create it first.") from error


def _described(region: Region, kind: str, name: str) -> Any:
    iam = region.clients("iam")
    if kind == "role":
        return iam.get_role(RoleName=name)["Role"]
    return iam.get_user(UserName=name)["User"]


def identity_policies(region: Region, who: Entity) -> list[Policy]:
    """Inline and attached policies; a user's groups' too."""
    found = _policies_of(region, who.kind, who.name)
    if who.kind == "user":
        for group in region.clients("iam").list_groups_for_user(UserName=who.name)["Groups"]:
            found += _policies_of(region, "group", group["GroupName"])
    return found


def _policies_of(region: Region, kind: str, name: str) -> list[Policy]:
    iam = region.clients("iam")
    named = {f"{kind.title()}Name": name}
    inline = getattr(iam, f"list_{kind}_policies")(**named)["PolicyNames"]
    read = getattr(iam, f"get_{kind}_policy")
    found = [Policy(read(**named, PolicyName=each)["PolicyDocument"]) for each in inline]
    attached = getattr(iam, f"list_attached_{kind}_policies")(**named)["AttachedPolicies"]
    return found + [managed(region, each["PolicyArn"]) for each in attached]


def managed(region: Region, arn: str) -> Policy:
    """A managed policy's default version."""
    iam = region.clients("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return Policy(document, arn)


def boundary(region: Region, who: Entity) -> Policy | None:
    """The permissions boundary of a user or a role."""
    found = _described(region, who.kind, who.name).get("PermissionsBoundary")
    return managed(region, found["PermissionsBoundaryArn"]) if found else None


def resource_policy(region: Region, resource: str) -> Policy | None:
    """The policy of a resource's own; None where it has none."""
    service = resource.split(":")[2] if resource.startswith("arn:") else ""
    reader = READERS.get(service)
    if reader is None:
        return None
    try:
        document = reader(region, resource)
    except ClientError:
        # The resource does not exist, or has no policy.
        return None
    return Policy(document) if document else None


def trust_policy(region: Region, arn: str) -> Policy | None:
    """What a role says of who may assume it; None for a role that does not exist."""
    try:
        found = _described(region, "role", arn.rsplit("/", 1)[-1])["AssumeRolePolicyDocument"]
    except ClientError:
        return None
    return Policy(found)


def _bucket(region: Region, arn: str) -> Any:
    name = arn.removeprefix("arn:aws:s3:::").partition("/")[0]
    return None if name == "*" else region.clients("s3").get_bucket_policy(Bucket=name)["Policy"]


def _queue(region: Region, arn: str) -> Any:
    sqs = region.clients("sqs")
    url = sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    return found.get("Attributes", {}).get("Policy")


def _topic(region: Region, arn: str) -> Any:
    return region.clients("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get("Policy")


def _function(region: Region, arn: str) -> Any:
    return region.clients("lambda").get_policy(FunctionName=arn)["Policy"]


READERS: dict[str, Callable[[Any, str], Any]] = {
    "s3": _bucket,
    "sqs": _queue,
    "sns": _topic,
    "lambda": _function,
}
