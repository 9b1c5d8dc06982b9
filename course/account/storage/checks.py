"""What S3 refuses and moto does not: names, digests, parts, uploads, denials of reading heads.

API reference: CreateBucket, PutObject (Content-MD5, checksums), UploadPart, HeadObject (which needs
s3:GetObject), CompleteMultipartUpload; user guide, "Download and upload objects with presigned
URLs". Left out: checksums of the CRC32C and CRC64NVME kinds, and
permissions other than what a bucket's policy denies to everybody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable
from typing import Any

from course.account.clock import iso
from course.account.storage.answers import S3Error, access_denied
from course.account.storage.asked import Asked
from course.telemetry.storage import names

MOST_PARTS = 10_000
_PART = re.compile(rb"<PartNumber>\s*(\d+)\s*</PartNumber>")
_CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
}


def check(asked: Asked, bucket: Any, now: int) -> None:
    """S3Error for a request that S3 refuses. bucket: moto's, or None; now: epoch ms."""
    _check_expiry(asked, now)
    if asked.operation == "CreateBucket" and not names.is_valid(asked.bucket):
        message = "The specified bucket is not valid."
        raise S3Error("InvalidBucketName", message, BucketName=asked.bucket)
    if asked.operation in ("PutObject", "UploadPart"):
        _check_digests(asked)
    if asked.operation in ("UploadPart", "UploadPartCopy"):
        _check_part_number(asked)
    if asked.operation == "CompleteMultipartUpload":
        _check_order(asked)
    if asked.operation == "HeadObject" and bucket is not None:
        _check_policy(asked, bucket)


def _check_expiry(asked: Asked, now: int) -> None:
    """A presigned URL is good for as long as it says; its signature is not looked at."""
    expires = asked.expires
    if expires is not None and now > expires:
        raise S3Error("AccessDenied", "Request has expired", Expires=iso(expires))


def _check_digests(asked: Asked) -> None:
    given = asked.header("Content-MD5")
    if given:
        _check_digest(asked, given)
    for name, compute in _CHECKSUMS.items():
        value = asked.header(f"x-amz-checksum-{name}")
        if value and _decoded(value) != compute(asked.body()):
            message = f"The {name.upper()} you specified did not match the calculated checksum."
            raise S3Error("BadDigest", message)


def _check_digest(asked: Asked, given: str) -> None:
    wanted = _decoded(given)
    if wanted is None or len(wanted) != 16:
        raise S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.")
    found = hashlib.md5(asked.body(), usedforsecurity=False).digest()
    if found != wanted:
        message = "The Content-MD5 you specified did not match what we received."
        computed = base64.b64encode(found).decode()
        raise S3Error("BadDigest", message, ExpectedDigest=given, CalculatedDigest=computed)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _check_part_number(asked: Asked) -> None:
    number = asked.query.get("partNumber", "")
    if not (number.isdigit() and 1 <= int(number) <= MOST_PARTS):
        message = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive"
        raise S3Error("InvalidArgument", message, ArgumentName="partNumber", ArgumentValue=number)


def _check_order(asked: Asked) -> None:
    numbers = [int(number) for number in _PART.findall(asked.body())]
    if numbers != sorted(set(numbers)):
        message = (
            "The list of parts was not in ascending order. The parts list must be specified in "
            "order by part number."
        )
        raise S3Error("InvalidPartOrder", message)


def _check_policy(asked: Asked, bucket: Any) -> None:
    resource = f"arn:aws:s3:::{asked.bucket}/{asked.key}"
    if bucket.get_permission("s3:GetObject", resource).name == "DENIED":
        raise access_denied()
