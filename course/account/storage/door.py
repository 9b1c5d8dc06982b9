"""A request to S3: refused where S3 refuses, else moto's answer in S3's words.

A bucket belongs to one Region: any other's endpoint redirects (S3 user guide, "Making requests"),
except for the operations that find out where a bucket is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.s3.models import s3_backends

from course.account.calls import Call
from course.account.region import Region
from course.account.storage import checks
from course.account.storage.answers import (
    S3Error,
    access_denied,
    no_such_upload,
    redirect,
    slow_down,
)
from course.account.storage.asked import READS, Asked
from course.account.storage.throughput import Buckets
from course.telemetry.storage.partitions import READ, WRITE

FROM_ANYWHERE = ("CreateBucket", "ListBuckets", "GetBucketLocation")
ON_UPLOADS = ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "ListParts")
FORBIDDEN = 403
Ask = Callable[[], Any]


def answer(regions: Mapping[str, Region], call: Call, ask: Ask, is_own: bool) -> Any:
    """(status, headers, body). is_own: whether a user of the account asks."""
    asked = Asked(call)
    region = regions[asked.region]
    bucket = s3_backends[region.account_id]["aws"].buckets.get(asked.bucket)
    try:
        if is_own and bucket is not None:
            _admit(region, asked, bucket)
        checks.check(asked, bucket, region.now)
        return _moto(asked, ask)
    except S3Error as error:
        return error.answer(asked.method)


def _admit(region: Region, asked: Asked, bucket: Any) -> None:
    """S3Error in the wrong Region, and for more requests than a prefix serves."""
    if bucket.region_name != region.name and asked.operation not in FROM_ANYWHERE:
        raise redirect(asked.bucket, bucket.region_name)
    kind = READ if asked.method in READS else WRITE
    if asked.key and not region.part(Buckets).admits(asked.bucket, kind, asked.key):
        raise slow_down()


def _moto(asked: Asked, ask: Ask) -> Any:
    try:
        found = ask()
    except KeyError:
        if asked.operation in (*ON_UPLOADS, "AbortMultipartUpload"):
            raise no_such_upload(asked.query.get("uploadId", "")) from None
        raise
    if found is not None and found[0] == FORBIDDEN and not found[2]:
        raise access_denied()
    return found


def mend(replace: Callable[[Any, str, Any], None]) -> None:
    """Lists would be as long as somebody asks for."""
    from moto.s3.responses import S3Response

    for name in ("list_objects", "list_objects_v2", "list_object_versions"):
        replace(S3Response, name, _capped(getattr(S3Response, name)))


def _capped(listing: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A list operation that gives 1,000 keys at most, and says so."""

    def listed(response: Any) -> Any:
        given = response.querystring.get("max-keys")
        if given and given[0].isdigit():
            response.querystring["max-keys"] = [str(min(int(given[0]), 1000))]
        return listing(response)

    return listed
