"""50,000 messages through a queue: a producer, a worker and a dead-letter queue, by plain boto3.

Both work in batches of ten. One message in fifty is poison: the worker never deletes it, and after
three receives it goes to the dead-letter queue.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import Any

from tools.measuring import Measurement, NotMeasured, measures

MESSAGES, POISON, RECEIVES = 50_000, 50, 3


@measures(("account_messages_s", "s", 20))
def account_messages() -> list[Measurement]:
    """From the first message sent to the last one deleted or given up."""
    import boto3

    from course import data
    from course.account import fresh

    with fresh(data.load("checkout")) as account:
        sqs = boto3.client("sqs")
        live, dead = _queues(sqs)
        start = perf_counter()
        for first in range(0, MESSAGES, 10):
            entries = [
                {"Id": str(number), "MessageBody": str(number)}
                for number in range(first, first + 10)
            ]
            sqs.send_message_batch(QueueUrl=live, Entries=entries)
        processed = 0
        for _ in range(RECEIVES + 1):
            processed += _work(sqs, live)
            account.advance(seconds=30)
        seconds = perf_counter() - start
        given_up = _depth(sqs, dead)
        if (processed, given_up) != (MESSAGES - MESSAGES // POISON, MESSAGES // POISON):
            raise NotMeasured(f"{processed:,} processed and {given_up:,} given up")
    note = f"{len(account.calls()):,} calls, {given_up:,} dead letters"
    return [Measurement("account_messages_s", seconds, "s", 20, note)]


def _queues(sqs: Any) -> tuple[str, str]:
    dead = sqs.create_queue(QueueName="bench-dead")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]
    policy = {"deadLetterTargetArn": found["QueueArn"], "maxReceiveCount": RECEIVES}
    attributes = {"RedrivePolicy": json.dumps(policy), "VisibilityTimeout": "30"}
    live = sqs.create_queue(QueueName="bench", Attributes=attributes)["QueueUrl"]
    return live, dead


def _work(sqs: Any, queue: str) -> int:
    """Process what is visible; how many messages that were."""
    processed = 0
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        done = [
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
            for number, message in enumerate(messages)
            if int(message["Body"]) % POISON
        ]
        if done:
            sqs.delete_message_batch(QueueUrl=queue, Entries=done)
        processed += len(done)
    return processed


def _depth(sqs: Any, queue: str) -> int:
    name = "ApproximateNumberOfMessages"
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=[name])["Attributes"]
    return int(found[name])
