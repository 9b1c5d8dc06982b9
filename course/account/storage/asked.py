"""A request to S3, read as far as the rules need it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import parse_qsl, unquote, urlsplit

from course.account.calls import Call

FIRST_REGION = "us-east-1"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/([a-z0-9-]+)/")
_HOST = re.compile(r"s3[.-]([a-z]+-[a-z]+-\d+)\.amazonaws\.com$")
_CHUNKED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
READS = ("GET", "HEAD")


class Asked:
    """What one call asks for: its bucket and key ("" where it has none)."""

    def __init__(self, call: Call) -> None:
        self.operation = call.operation
        self.method = call.sent.method or "GET"
        self._call = call
        parts = urlsplit(call.sent.url)
        host, path = parts.hostname or "", unquote(parts.path).lstrip("/")
        before, dot, _ = host.partition(".s3")
        if dot and before:
            self.bucket, self.key = before, path
        else:
            self.bucket, _, self.key = path.partition("/")
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))

    @property
    def region(self) -> str:
        """The Region whose endpoint is asked: what the signature is for, or the host."""
        scope = _SCOPE.search(self.header("Authorization"))
        if scope is None:
            scope = _SCOPE.search("Credential=" + self.query.get("X-Amz-Credential", ""))
        if scope is None:
            scope = _HOST.search(urlsplit(self._call.sent.url).hostname or "")
        return scope.group(1) if scope else FIRST_REGION

    @property
    def expires(self) -> int | None:
        """Until when a presigned URL is good (epoch ms); None for any other request."""
        if "X-Amz-Expires" in self.query:
            made = datetime.strptime(self.query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return round((made.timestamp() + int(self.query["X-Amz-Expires"])) * 1000)
        if "Signature" in self.query:
            return int(self.query["Expires"]) * 1000
        return None

    def header(self, name: str) -> str:
        """A header's text; "" for none."""
        return self._call.headers_sent.get(name)

    def body(self) -> bytes:
        """What was sent, without the frames that botocore puts around a stream."""
        return self._body

    @cached_property
    def _body(self) -> bytes:
        sent = self._call.request.data
        raw = sent if isinstance(sent, bytes) else str(sent).encode()
        return _unframed(raw) if self.header("x-amz-content-sha256") == _CHUNKED else raw


def _unframed(raw: bytes) -> bytes:
    """The chunks of an aws-chunked body, put together."""
    found, place = [], 0
    while place < len(raw):
        end = raw.index(b"\r\n", place)
        size = int(raw[place:end].split(b";")[0], 16)
        if size == 0:
            break
        found.append(raw[end + 2 : end + 2 + size])
        place = end + 2 + size + 2
    return b"".join(found)
