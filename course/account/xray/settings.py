"""Encryption, tags, and where segments go: the settings of X-Ray.

Follows the X-Ray API reference. Groups and sampling rules have tags, 50 at most. A change of the
encryption is UPDATING in the answer to it and ACTIVE when asked for: traces read the same either
way. Segments always go to X-Ray; Transaction Search, which sends them to CloudWatch Logs, is
refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account import tagging
from course.account.errors import AwsError
from course.account.region import Region
from course.account.xray.groups import Groups
from course.account.xray.sampling import Sampling

Parameters = dict[str, Any]
MOST_TAGS = 50


class Encryption:
    """The encryption setting of one account and Region."""

    def __init__(self, region: Region) -> None:
        self.setting: dict[str, Any] = {"Type": "NONE"}


def get_encryption_config(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"EncryptionConfig": {**region.part(Encryption).setting, "Status": "ACTIVE"}}


def put_encryption_config(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kind, key = parameters["Type"], parameters.get("KeyId")
    if (kind == "KMS") != (key is not None):
        message = "KeyId must be specified for encryption type KMS, and only for it."
        raise AwsError("InvalidRequestException", message)
    setting = {"Type": kind} if key is None else {"Type": kind, "KeyId": key}
    region.part(Encryption).setting = setting
    return {"EncryptionConfig": {**setting, "Status": "UPDATING"}}


def get_trace_segment_destination(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return {"Destination": "XRay", "Status": "ACTIVE"}


def tag_resource(region: Region, parameters: Parameters) -> None:
    arn = _known(region, parameters["ResourceARN"])
    added = tagging.kept(parameters["Tags"])
    tags = {**region.tags.get(arn, {}), **added}
    if len(tags) > MOST_TAGS:
        message = f"A resource can have at most {MOST_TAGS} tags."
        raise AwsError("TooManyTagsException", message, ResourceName=arn)
    region.tags[arn] = tags


def untag_resource(region: Region, parameters: Parameters) -> None:
    arn = _known(region, parameters["ResourceARN"])
    tagging.remove(region.tags.get(arn, {}), parameters)


def list_tags_for_resource(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    tags = region.tags.get(_known(region, parameters["ResourceARN"]), {})
    return {"Tags": tagging.listed(tags)}


def _known(region: Region, arn: str) -> str:
    groups = {group.arn for group in region.part(Groups).by_name.values()}
    rules = {record.rule["RuleARN"] for record in region.part(Sampling).records.values()}
    if arn not in groups | rules:
        message = "The specified resource does not exist."
        raise AwsError("ResourceNotFoundException", message, ResourceName=arn)
    return arn
