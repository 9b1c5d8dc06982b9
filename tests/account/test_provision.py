"""What a world lists exists when its service is first asked, and is not in the record of calls."""

from __future__ import annotations

import json
from typing import Any

import boto3

import course.account
from course.account import Account
from tests.account.conftest import WORLD


def test_functions_with_version_and_alias(account: Account, session: boto3.Session) -> None:
    client = session.client("lambda")
    settings = client.get_function_configuration(FunctionName="cart", Qualifier="live")
    assert (settings["MemorySize"], settings["Timeout"], settings["Version"]) == (256, 5, "12")
    concurrency = client.get_function_concurrency(FunctionName="cart")
    assert concurrency["ReservedConcurrentExecutions"] == 3
    recorded = [call["operation"] for call in account.calls()]
    assert recorded == ["GetFunctionConfiguration", "GetFunctionConcurrency"]
    client.update_function_configuration(FunctionName="cart", MemorySize=512)
    assert client.get_function_configuration(FunctionName="cart")["MemorySize"] == 512


def test_queues_with_redrive(account: Account, clients: dict[str, Any]) -> None:
    sqs = clients["sqs"]
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found["VisibilityTimeout"] == "60"
    policy = json.loads(found["RedrivePolicy"])
    assert policy["deadLetterTargetArn"].endswith(":orders-dlq")


def test_the_other_services(account: Account, session: boto3.Session) -> None:
    assert session.client("dynamodb").list_tables()["TableNames"] == ["orders"]
    assert session.client("kinesis").list_streams()["StreamNames"] == ["clicks"]
    caches = session.client("elasticache").describe_cache_clusters()["CacheClusters"]
    assert [cache["CacheClusterId"] for cache in caches] == ["catalog"]
    (topic,) = session.client("sns").list_topics()["Topics"]
    assert topic["TopicArn"].endswith(":events")


def test_visibility_follows_the_account_clock(account: Account, clients: dict[str, Any]) -> None:
    sqs = clients["sqs"]
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    def received() -> int:
        return len(sqs.receive_message(QueueUrl=url).get("Messages", []))

    assert (received(), received()) == (1, 0)
    account.advance(seconds=61)
    assert received() == 1


def test_a_fresh_account_is_provisioned_under_its_own_id(
    account: Account, clients: dict[str, Any]
) -> None:
    with course.account.fresh(WORLD) as other:
        url = clients["sqs"].get_queue_url(QueueName="orders")["QueueUrl"]
        assert f"/{other.id}/orders" in url
