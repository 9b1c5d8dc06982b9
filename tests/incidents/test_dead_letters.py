"""Orders that die in a queue: poison, its neighbours, and those that were throttled away."""

from __future__ import annotations

import json
from typing import Any

import boto3

from course import account
from course.incidents import dead_letters
from course.telemetry.world import World

NOON = 1_773_748_800_000


def orders(number: int, poison: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = [{"order": f"o-{k}", "address": "here"} for k in range(number)]
    del made[poison]["address"]
    return made


def test_orders_die_for_three_reasons() -> None:
    with account.fresh(World("trial", NOON, NOON, [], [])) as trial:
        sqs = boto3.client("sqs")
        dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
        asked = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        policy = {"deadLetterTargetArn": asked["Attributes"]["QueueArn"], "maxReceiveCount": 2}
        attributes = {"RedrivePolicy": json.dumps(policy)}
        live = sqs.create_queue(QueueName="live", Attributes=attributes)["QueueUrl"]
        dead_letters.bury(trial, "worker", [live], orders(13, poison=2), throttled=3)
        found = boto3.client("logs").filter_log_events(logGroupName="/aws/lambda/worker")["events"]
        said = [event["message"].split() for event in found]
        dying = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10)["Messages"]
        left = sqs.receive_message(QueueUrl=live).get("Messages", [])
    started = {words[1] for words in said if words[0] == "STARTED"}
    done = {words[1] for words in said if words[0] == "DONE"}
    died = {json.loads(message["Body"])["order"] for message in dying}
    assert left == []
    assert started - done == {"o-2"}
    assert died & done and died > {"o-2", "o-10", "o-11", "o-12"}
    assert not started & {"o-10", "o-11", "o-12"}


def test_a_worker_that_raises_ships_twice_what_shares_a_batch() -> None:
    source = (
        "import json\n"
        "from shipping import ship\n"
        "def lambda_handler(event, context):\n"
        "    for record in event['Records']:\n"
        "        ship(json.loads(record['body']))\n"
    )
    bodies = [json.dumps({"id": f"o-{k}", "address": "here"}) for k in range(3)]
    late = json.dumps({"id": "late", "address": "here", "not_before": NOON / 1000 + 40})
    with account.fresh(World("trial", NOON, NOON, [], [])) as trial:
        found = dead_letters.ship_all(
            trial, "worker", [*bodies, late, "{oops"], source, {"MaximumBatchingWindowInSeconds": 1}
        )
    assert found["dead"] and "{oops" in found["dead"] and not found["left"]
    assert len(found["shipped"]) > len(set(found["shipped"]))
    assert found["batch_size"] == 10 and found["invocations"] >= 3
    assert any("the carrier does not answer" in line for line in found["log"])


def test_a_worker_whose_mapping_is_switched_off_ships_nothing() -> None:
    with account.fresh(World("trial", NOON, NOON, [], [])) as trial:
        found = dead_letters.ship_all(trial, "worker", ["17"], "", {"Enabled": False})
    assert found["left"] == ["17"]
    assert not found["shipped"] and not found["log"] and not found["invocations"]
