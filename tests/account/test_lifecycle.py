"""Opening, closing and nesting accounts; nothing ever reaches the network."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import weakref
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import moto.dynamodb
import pytest
from botocore.config import Config

import course.account
from course.account import Account, AccountClosed, NotSimulated
from tests.account.conftest import END, WORLD, record


def test_clock_stands_at_the_end_of_the_world(account: Account) -> None:
    assert account.now == datetime(2026, 3, 17, 12, tzinfo=UTC)
    assert time.time() * 1000 == END
    assert datetime.now(UTC) == account.now


def test_garbage_is_collected_as_before_once_time_has_passed(account: Account) -> None:
    before = gc.get_threshold()
    account.advance(minutes=5)
    assert gc.get_threshold() == before


def test_advance_moves_the_time_that_everybody_sees(account: Account) -> None:
    account.advance(hours=1, minutes=2, seconds=3)
    assert account.now == datetime(2026, 3, 17, 13, 2, 3, tzinfo=UTC)
    assert datetime.now(UTC) == account.now


def test_every_millisecond_is_seen_as_itself(account: Account) -> None:
    for _ in range(500):
        account.advance(seconds=0.001)
        assert int(time.time() * 1000) == account.clock.now


def test_monotonic_time_is_left_alone(account: Account) -> None:
    before = time.monotonic()
    account.advance(hours=5)
    assert time.monotonic() - before < 3600


def test_time_moves_only_forward(account: Account) -> None:
    with pytest.raises(ValueError, match="only moves forward"):
        account.advance(minutes=-1)


def test_closing_gives_the_process_its_time_back() -> None:
    course.account.open(WORLD).close()
    assert abs(time.time() * 1000 - END) > 3_600_000


def test_closing_gives_the_memory_back() -> None:
    """A notebook opens hundreds of accounts, one for each trial of a check."""
    table = {
        "TableName": "archive",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    account = course.account.open(WORLD)
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(**table)
    dynamodb.put_item(TableName="archive", Item={"id": {"S": "o-1"}, "text": {"S": "long " * 9}})
    stored = moto.dynamodb.dynamodb_backends[account.id]["us-east-1"].tables["archive"]
    item = weakref.ref(next(iter(stored.items.values())))
    account.close()
    del stored, account
    gc.collect()
    assert item() is None


def test_closed_account_answers_account_closed(clients: dict[str, Any]) -> None:
    account = course.account.open(WORLD)
    account.close()
    for call in (clients["logs"].describe_log_groups, clients["sqs"].list_queues):
        with pytest.raises(AccountClosed, match="course.account.open"):
            call()
    with pytest.raises(AccountClosed):
        account.advance(minutes=1)
    account.close()


def test_opening_again_starts_over(clients: dict[str, Any]) -> None:
    first = course.account.open(WORLD)
    clients["logs"].create_log_group(logGroupName="/mine")
    clients["sqs"].create_queue(QueueName="mine")
    with course.account.open(WORLD):
        groups = clients["logs"].describe_log_groups(logGroupNamePrefix="/mine")["logGroups"]
        assert groups == []
        queues = clients["sqs"].list_queues()["QueueUrls"]
        assert [url.rsplit("/")[-1] for url in queues] == ["orders", "orders-dlq"]
    with pytest.raises(AccountClosed):
        first.advance(minutes=1)


def test_fresh_account_is_isolated_and_the_first_comes_back(
    account: Account, clients: dict[str, Any]
) -> None:
    logs, sqs, cloudwatch = (clients[name] for name in ("logs", "sqs", "cloudwatch"))
    logs.create_log_group(logGroupName="/mine")
    sqs.create_queue(QueueName="mine")
    account.advance(minutes=7)
    with course.account.fresh(WORLD) as second:
        assert second.id != account.id
        assert second.now == datetime(2026, 3, 17, 12, tzinfo=UTC)
        assert logs.describe_log_groups(logGroupNamePrefix="/mine")["logGroups"] == []
        assert all("/mine" not in url for url in sqs.list_queues()["QueueUrls"])
        cloudwatch.put_dashboard(DashboardName="theirs", DashboardBody='{"widgets": []}')
        second.advance(hours=3)
    assert datetime.now(UTC) == account.now == datetime(2026, 3, 17, 12, 7, tzinfo=UTC)
    assert cloudwatch.list_dashboards()["DashboardEntries"] == []
    assert any(url.endswith("/mine") for url in sqs.list_queues()["QueueUrls"])


def test_ten_replays_give_ten_equal_answers(account: Account, clients: dict[str, Any]) -> None:
    cloudwatch = clients["cloudwatch"]
    answers = []
    for _ in range(10):
        with course.account.fresh(WORLD) as replay:
            replay.replay(metrics=[record(END + 60_000, 4.0)])
            replay.advance(minutes=3)
            answers.append(_sum(cloudwatch, replay.now))
    assert answers == [4.0 + sum(range(58, 60))] * 10


def _sum(cloudwatch: Any, now: datetime) -> float:
    found = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="Errors",
        StartTime=now - timedelta(minutes=5),
        EndTime=now,
        Period=60,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])


def test_objects_outlive_another_account(account: Account) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a", Body=b"1")
    with course.account.fresh(WORLD):
        s3.create_bucket(Bucket="other")
        s3.put_object(Bucket="other", Key="a", Body=b"2")
    assert s3.get_object(Bucket="kept", Key="a")["Body"].read() == b"1"


def test_fresh_comes_back_after_an_error(account: Account) -> None:
    with pytest.raises(RuntimeError, match="oops"), course.account.fresh(WORLD):
        raise RuntimeError("oops")
    assert datetime.now(UTC) == account.now


def test_a_world_is_never_changed(account: Account, clients: dict[str, Any]) -> None:
    before = (len(WORLD.logs), len(WORLD.metrics), dict(WORLD.logs[0]))
    clients["logs"].create_log_stream(logGroupName="/shop/web", logStreamName="mine")
    clients["logs"].put_log_events(
        logGroupName="/shop/web",
        logStreamName="mine",
        logEvents=[{"timestamp": END, "message": "hello"}],
    )
    assert (len(WORLD.logs), len(WORLD.metrics), dict(WORLD.logs[0])) == before


def test_other_regions_are_empty(account: Account, session: boto3.Session) -> None:
    elsewhere = session.client("logs", region_name="eu-west-1")
    assert elsewhere.describe_log_groups()["logGroups"] == []


def test_account_can_open_in_another_region(session: boto3.Session) -> None:
    with course.account.open(WORLD, region="eu-west-1"):
        groups = session.client("logs", region_name="eu-west-1").describe_log_groups()["logGroups"]
        assert groups[0]["arn"] == "arn:aws:logs:eu-west-1:123456789012:log-group:/shop/api:*"


def test_real_credentials_and_profiles_are_not_used(account: Account) -> None:
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull
    assert "AWS_PROFILE" not in os.environ


def test_representation_is_one_line(account: Account) -> None:
    shown = "<Account 123456789012 'small' in us-east-1, 2026-03-17 12:00:00 UTC>"
    assert repr(account) == shown
    account.close()
    assert repr(account).endswith("closed>")


def test_calls_are_recorded_as_plain_data(account: Account, clients: dict[str, Any]) -> None:
    clients["logs"].describe_log_groups(logGroupNamePrefix="/shop")
    account.advance(minutes=1)
    with pytest.raises(clients["logs"].exceptions.ResourceNotFoundException):
        clients["logs"].delete_log_group(logGroupName="/none")
    with pytest.raises(clients["sqs"].exceptions.QueueDoesNotExist):
        clients["sqs"].get_queue_url(QueueName="none")
    assert account.calls() == [
        {
            "service": "logs",
            "operation": "DescribeLogGroups",
            "parameters": {"logGroupNamePrefix": "/shop"},
            "error": None,
            "time": "2026-03-17T12:00:00Z",
        },
        {
            "service": "logs",
            "operation": "DeleteLogGroup",
            "parameters": {"logGroupName": "/none"},
            "error": "ResourceNotFoundException",
            "time": "2026-03-17T12:01:00Z",
        },
        {
            "service": "sqs",
            "operation": "GetQueueUrl",
            "parameters": {"QueueName": "none"},
            "error": "QueueDoesNotExist",
            "time": "2026-03-17T12:01:00Z",
        },
    ]


def test_retries_wait_on_the_virtual_clock(account: Account, session: boto3.Session) -> None:
    """Three throttled attempts: botocore's own retries run, and only the account's time passes."""
    from botocore.awsrequest import AWSResponse
    from moto.core.botocore_stubber import MockRawResponse

    client = session.client("logs", config=Config(retries={"mode": "standard"}))
    left = [3]

    def throttle(request: Any, **_: Any) -> Any:
        if left[0] == 0:
            return None
        left[0] -= 1
        body = '{"__type": "ThrottlingException", "message": "slow down"}'
        return AWSResponse(request.url, 400, {}, MockRawResponse(body))

    client.meta.events.register_first("before-send", throttle)
    with pytest.raises(client.exceptions.ClientError, match="slow down"):
        client.describe_log_groups()
    assert left == [0]
    assert client.describe_log_groups()["logGroups"]
    waited = account.now - datetime(2026, 3, 17, 12, tzinfo=UTC)
    # Standard mode: full jitter below 1 s and 2 s, the base for throttling errors.
    assert timedelta(0) < waited <= timedelta(seconds=3)


def test_strange_endpoints_are_refused(account: Account, session: boto3.Session) -> None:
    client = session.client("logs", endpoint_url="https://logs.example.com")
    with pytest.raises(NotSimulated, match="logs.example.com"):
        client.describe_log_groups()


CLIENT_BEFORE_IMPORT = """
import os, socket
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
def refuse(host, *rest, **options):
    raise SystemExit(f"went out to {host}")
socket.getaddrinfo = refuse
import boto3
early = boto3.client("logs", region_name="us-east-1")
import course.account
from course.telemetry.world import World
try:
    early.describe_log_groups()
except course.account.AccountClosed:
    print("closed")
course.account.open(World("empty", 0, 1773748800000, [], []))
early.create_log_group(logGroupName="/early")
print(boto3.client("logs").describe_log_groups()["logGroups"][0]["logGroupName"])
"""


def test_client_made_before_the_import_answers_too() -> None:
    run = subprocess.run(
        [sys.executable, "-c", CLIENT_BEFORE_IMPORT], capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ["closed", "/early"], run.stderr


LIGHT = """
import sys
import course.account
heavy = ["pandas", "duckdb", "lark", "matplotlib", "moto.s3.models", "moto.cloudwatch.models"]
print([name for name in heavy if name in sys.modules])
"""


def test_importing_the_package_stays_light() -> None:
    run = subprocess.run([sys.executable, "-c", LIGHT], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
