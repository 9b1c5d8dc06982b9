"""Log files, digest files and the chain that they make: how tampering shows.

Follows the user guide's "CloudTrail digest file structure" and "Custom implementations of
CloudTrail log file integrity validation". What is hashed with SHA-256 is always the *uncompressed*
content, so a file that is packed anew with the same content is still valid. A digest file's
signature (RSA, PKCS #1 v1.5, SHA-256) stands in the metadata of its S3 object, and covers the end
of the digest's time, its place, its hash and the signature before it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from course.telemetry.trail.records import time_text

ALGORITHM = "SHA256withRSA"
Digest = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """Where a trail's files go. home: the Region in which the trail was made."""

    bucket: str
    prefix: str
    account: str
    trail: str
    home: str

    def key(self, folder: str, region: str, at: int, name: str) -> str:
        """The key of a file in one of CloudTrail's folders; it is ordered by day."""
        start = f"{self.prefix.rstrip('/')}/" if self.prefix else ""
        day = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y/%m/%d")
        return f"{start}AWSLogs/{self.account}/{folder}/{region}/{day}/{name}.json.gz"

    def log_key(self, region: str, at: int, unique: str, *, insight: bool = False) -> str:
        """The key of a log file delivered at `at`; unique: 16 letters and digits."""
        folder = "CloudTrail-Insight" if insight else "CloudTrail"
        minute = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y%m%dT%H%MZ")
        name = f"{self.account}_{folder}_{region}_{minute}_{unique}"
        return self.key(folder, region, at, name)

    def digest_key(self, region: str, end: int) -> str:
        """The key of the digest file of the hour that ends at `end`."""
        second = datetime.fromtimestamp(end / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"{self.account}_CloudTrail-Digest_{region}_{self.trail}_{self.home}_{second}"
        return self.key("CloudTrail-Digest", region, end, name)


@dataclass(frozen=True)
class LogFile:
    """A log file that was delivered; oldest and newest: eventTime texts of what is in it."""

    bucket: str
    key: str
    hash: str
    oldest: str
    newest: str


def pack(text: str) -> bytes:
    """A file's gzip bytes, the same on every machine."""
    return gzip.compress(text.encode(), 9, mtime=0)


def sha256(text: str) -> str:
    """The hash of a file's uncompressed content."""
    return hashlib.sha256(text.encode()).hexdigest()


def log_text(records: Iterable[Mapping[str, Any]]) -> str:
    """The content of a log file."""
    return json.dumps({"Records": list(records)}, separators=(",", ":"))


def log_file(bucket: str, key: str, records: Sequence[Mapping[str, Any]]) -> tuple[LogFile, str]:
    """A log file and its content."""
    text = log_text(records)
    times = sorted(str(record["eventTime"]) for record in records)
    return LogFile(bucket, key, sha256(text), times[0], times[-1]), text


def unique(*parts: object) -> str:
    """The 16 characters at the end of a log file's name, made of what the file is."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    number = int(hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest(), 16)
    return "".join(digits[number // 62**place % 62] for place in range(16))


def document(
    place: Place,
    region: str,
    start: int,
    end: int,
    files: Sequence[LogFile],
    fingerprint: str,
    previous: tuple[Digest, str, str] | None,
) -> Digest:
    """A digest file's content. previous: the digest before it, its text and its signature."""
    before, text, signature = previous or (None, "", "")
    return {
        "awsAccountId": place.account,
        "digestStartTime": time_text(start),
        "digestEndTime": time_text(end),
        "digestS3Bucket": place.bucket,
        "digestS3Object": place.digest_key(region, end),
        "digestPublicKeyFingerprint": fingerprint,
        "digestSignatureAlgorithm": ALGORITHM,
        "newestEventTime": max((each.newest for each in files), default=None),
        "oldestEventTime": min((each.oldest for each in files), default=None),
        "previousDigestS3Bucket": before and before["digestS3Bucket"],
        "previousDigestS3Object": before and before["digestS3Object"],
        "previousDigestHashValue": sha256(text) if before else None,
        "previousDigestHashAlgorithm": "SHA-256" if before else None,
        "previousDigestSignature": signature if before else None,
        "logFiles": [
            {
                "s3Bucket": each.bucket,
                "s3Object": each.key,
                "hashValue": each.hash,
                "hashAlgorithm": "SHA-256",
                "newestEventTime": each.newest,
                "oldestEventTime": each.oldest,
            }
            for each in files
        ],
    }


def signed_text(digest: Mapping[str, Any], text: str) -> str:
    """What a digest's signature signs; text: the digest file's uncompressed content."""
    return "\n".join(
        (
            digest["digestEndTime"],
            f"{digest['digestS3Bucket']}/{digest['digestS3Object']}",
            sha256(text),
            digest["previousDigestSignature"] or "null",
        )
    )
