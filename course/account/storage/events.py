"""What S3 tells EventBridge about objects, where a bucket's notifications say so.

S3 user guide, "Amazon S3 event notifications with EventBridge" and "EventBridge event message
structure". Told are objects that are created and deleted; left out are the events of tags, access
control lists, restores and lifecycle rules.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.moto_api._internal import mock_random

from course.account.events import bus
from course.account.region import Region

SOURCE = "aws.s3"
TOLD = ("Object Created", "Object Deleted")
# Of events whose name in the API differs: the operation that was the reason.
_REASONS = {
    "Put": "PutObject",
    "Copy": "CopyObject",
    "Post": "POST Object",
    "Delete": "DeleteObject",
    "DeleteMarkerCreated": "DeleteObject",
}
_DELETED = {
    "Delete": "Permanently Deleted",
    "DeleteMarkerCreated": "Delete Marker Created",
}


def telling(
    region_of: Callable[[str], Region], type_of: Callable[[str], str]
) -> Callable[[str, Any, str, Any], None]:
    """What stands for moto's function, which would tell its own buses. type_of: moto's words."""

    def tell(account_id: str, bucket: Any, event_name: str, key: Any) -> None:
        kind = type_of(event_name)
        if kind not in TOLD:
            return
        region = region_of(bucket.region_name)
        bus.emit(
            region,
            source=SOURCE,
            detail_type=kind,
            detail=_detail(region, bucket, str(event_name.split(":")[-1]), key),
            resources=[bucket.arn],
        )

    return tell


def _detail(region: Region, bucket: Any, what: str, key: Any) -> dict[str, Any]:
    item = {"key": key.name, "sequencer": f"{region.now:016X}"}
    if what not in _DELETED:
        item |= {"size": key.size, "etag": key.etag.replace('"', "")}
    if bucket.versioning_status == "Enabled":
        item["version-id"] = key.version_id
    detail = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": item,
        "request-id": "".join(mock_random.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=16)),
        "requester": region.account_id,
        "source-ip-address": "198.51.100.7",
        "reason": _REASONS.get(what, what),
    }
    if what in _DELETED:
        detail["deletion-type"] = _DELETED[what]
    return detail
