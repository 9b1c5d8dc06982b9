"""S3's errors as it writes them: XML with details, and no body to HEAD requests.

API reference, "Error responses" with its list of codes, messages and statuses.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from moto.moto_api._internal import mock_random

Answer = tuple[int, dict[str, str], str]
STATUSES = {"SlowDown": 503, "PermanentRedirect": 301, "AccessDenied": 403, "NoSuchUpload": 404}
BAD_REQUEST = 400
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class S3Error(Exception):
    """An error of S3. details: further elements of it; headers: of the response."""

    def __init__(
        self, code: str, message: str, headers: dict[str, str] | None = None, **details: str
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.details = details

    def answer(self, method: str) -> Answer:
        """The response."""
        request_id = "".join(mock_random.choices(_LETTERS, k=16))
        headers = {
            **self.headers,
            "x-amz-request-id": request_id,
            "content-type": "application/xml",
            "server": "AmazonS3",
        }
        status = STATUSES.get(self.code, BAD_REQUEST)
        if method == "HEAD":
            return status, headers, ""
        elements = {"Code": self.code, "Message": self.message, **self.details}
        elements["RequestId"] = request_id
        text = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items())
        return status, headers, f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{text}</Error>'


def slow_down() -> S3Error:
    return S3Error("SlowDown", "Please reduce your request rate.")


def access_denied() -> S3Error:
    return S3Error("AccessDenied", "Access Denied")


def no_such_upload(upload: str) -> S3Error:
    message = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have "
        "been aborted or completed."
    )
    return S3Error("NoSuchUpload", message, UploadId=upload)


def redirect(bucket: str, region: str) -> S3Error:
    """What another Region's endpoint answers; boto3 goes on to the right one by the header."""
    message = (
        "The bucket you are attempting to access must be addressed using the specified endpoint. "
        "Please send all future requests to this endpoint."
    )
    return S3Error(
        "PermanentRedirect",
        message,
        {"x-amz-bucket-region": region},
        Endpoint=f"{bucket}.s3.{region}.amazonaws.com",
        Bucket=bucket,
    )
