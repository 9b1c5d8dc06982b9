"""A bucket and a log group that CloudTrail may write to, and ways to read what it wrote."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from course.account import Account
from tests.account.conftest import END
from tests.account.conftest import clients as clients
from tests.account.conftest import session as session

BUCKET, GROUP = "audit", "/audit/trail"
NAMES = ("cloudtrail", "s3", "sts", "iam", "lambda", "ec2", "dynamodb", "events", "ssm")


def policy(bucket: str = BUCKET, account: str = "123456789012") -> str:
    """The bucket policy of the user guide."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    arn = f"arn:aws:s3:::{bucket}"
    statements = [
        {"Action": "s3:GetBucketAcl", "Resource": arn},
        {"Action": "s3:PutObject", "Resource": f"{arn}/AWSLogs/{account}/*"},
    ]
    return json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": principal, **each} for each in statements]}
    )


@pytest.fixture(scope="session")
def more(session: boto3.Session, clients: dict[str, Any]) -> dict[str, Any]:
    return {**clients, **{name: session.client(name) for name in NAMES}}


@pytest.fixture
def aws(account: Account, more: dict[str, Any]) -> dict[str, Any]:
    """Clients of the open account, by name."""
    return more


@pytest.fixture
def trail(aws: dict[str, Any]) -> Iterator[Trail]:
    """A trail that has been made and does not log yet."""
    yield Trail(aws)


class Trail:
    """A trail called `shop`, its bucket and its log group."""

    def __init__(self, aws: dict[str, Any], **settings: Any) -> None:
        self.aws = aws
        aws["s3"].create_bucket(Bucket=BUCKET)
        aws["s3"].put_bucket_policy(Bucket=BUCKET, Policy=policy())
        aws["logs"].create_log_group(logGroupName=GROUP)
        self.arn = aws["cloudtrail"].create_trail(Name="shop", S3BucketName=BUCKET, **settings)[
            "TrailARN"
        ]

    def update(self, **settings: Any) -> None:
        self.aws["cloudtrail"].update_trail(Name="shop", **settings)

    def start(self) -> None:
        self.aws["cloudtrail"].start_logging(Name="shop")

    def with_logs(self) -> None:
        self.update(
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}:*",
            CloudWatchLogsRoleArn="arn:aws:iam::123456789012:role/cloudtrail-to-logs",
        )

    def stored(self, folder: str = "CloudTrail") -> list[str]:
        found = self.aws["s3"].list_objects_v2(
            Bucket=BUCKET, Prefix=f"AWSLogs/123456789012/{folder}/"
        )
        return [each["Key"] for each in found.get("Contents", [])]

    def text(self, key: str) -> str:
        body = self.aws["s3"].get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return gzip.decompress(body).decode()

    def records(self, folder: str = "CloudTrail") -> list[dict[str, Any]]:
        """Every record delivered so far, in the order of the files."""
        return [r for key in self.stored(folder) for r in json.loads(self.text(key))["Records"]]

    def names(self) -> list[str]:
        return [record["eventName"] for record in self.records()]


def record(at: int = END, **changes: Any) -> dict[str, Any]:
    """A management event as a World has it."""
    from course.telemetry.trail.records import identifier, time_text

    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": "arn:aws:iam::123456789012:user/alice",
            "accountId": "123456789012",
            "accessKeyId": "AKIAALICE",
            "userName": "alice",
        },
        "eventTime": time_text(at),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.7",
        "userAgent": "aws-cli/2",
        "requestParameters": {"instanceId": "i-1"},
        "responseElements": None,
        "requestID": "r-1",
        "eventID": identifier(at, sorted(changes.items()).__repr__()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "123456789012",
        "eventCategory": "Management",
        **changes,
    }
