"""A shop whose warehouse packs too few parcels, or too many, while its function counts no error.

Orders are published to an SNS topic; a queue of the warehouse subscribes to it, and an event source
mapping has a Lambda function pack what arrives. Since a change at 10:31 the numbers do not match.
Everything is made with boto3 in the open account: what is delivered, filtered out, refused, given
out twice or deleted too early is the account's doing ("Amazon SNS dead-letter queues", "Amazon SNS
subscription filter policy scope", SNS developer guide; "Amazon SQS visibility timeout", SQS
developer guide; "Implementing partial batch responses", Lambda developer guide).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from course.account import Account, package
from course.incidents.clients import client_for

CAUSES = ("policy", "filter", "visibility", "report")
NAMES = {"topic": "order-events", "queue": "packing", "function": "packer"}
RETURNS, STRAY, GONE = "returns", "stock-events", "old-audit"
TIMEOUT = 60  # seconds that the function has
PATIENT, HASTY = 6 * TIMEOUT, 20
BATCH, WINDOW, MOST = 5, 4, 3
TRUST = '{"Version": "2012-10-17", "Statement": []}'
FILTER = {"delivery": [{"anything-but": "pickup"}]}
# Big orders take longer. What is done while the carrier is busy is put in the place of BUSY.
CODE = """import json
import time


def lambda_handler(event, context):
    later = []
    for record in event["Records"]:
        order = json.loads(json.loads(record["body"])["Message"])
        time.sleep(6 + order["items"])
        BUSY
        print(json.dumps({"packed": order["id"]}))
    return {"batchItemFailures": later}
"""
BUSY = """if order["fragile"] and record["attributes"]["ApproximateReceiveCount"] == "1":
            print(json.dumps({"later": order["id"], "why": "the carrier is busy"}))
            later.append({"itemIdentifier": record["messageId"]})
            continue"""
Order = dict[str, Any]


def start(
    cause: str,
    names: Mapping[str, str] = NAMES,
    *,
    calm: bool = False,
    neighbours: bool = False,
) -> dict[str, str]:
    """Build the shop in the open account, with one thing wrong.

    cause: one of CAUSES, or "" for a shop in order. names: of the topic, the queue and the
    function; the dead-letter queue is called like the queue, with -dlq. calm: the carrier is never
    busy, so that nothing has to be reported. neighbours: the function packs for another queue, too.
    Returns the ARNs of the topics ("topic", RETURNS, STRAY) and the URLs of the queues ("queue",
    "dead"). Raises ValueError for an unknown cause, and for "report" in a calm shop.
    """
    if cause and cause not in CAUSES:
        raise ValueError(f"no cause {cause!r}; there are: {', '.join(CAUSES)}")
    if cause == "report" and calm:
        raise ValueError("with a calm carrier there is nothing to report")
    sns, sqs = client_for("sns"), client_for("sqs")
    topics = {name: _topic(sns, name) for name in (names["topic"], RETURNS, STRAY)}
    topic = topics[names["topic"]]
    dead = sqs.create_queue(QueueName=f"{names['queue']}-dlq")["QueueUrl"]
    redrive = {"deadLetterTargetArn": _arn(sqs, dead), "maxReceiveCount": MOST}
    queue = sqs.create_queue(
        QueueName=names["queue"],
        Attributes={"VisibilityTimeout": str(PATIENT), "RedrivePolicy": json.dumps(redrive)},
    )["QueueUrl"]
    admitted = [f"{topic}-v1" if cause == "policy" else topic, topics[RETURNS]]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": _let_in(sqs, queue, admitted)})
    _subscribe(sns, sqs, topics[RETURNS], queue)
    _subscribe(sns, sqs, topics[STRAY], queue)
    _forgotten(sns, sqs, topic)
    _subscribe(sns, sqs, topic, queue, FilterPolicy=json.dumps(FILTER))
    _packer(names["function"], calm)
    if neighbours:  # its mapping is listed before the queue's
        attributes = {"VisibilityTimeout": str(PATIENT)}
        other = sqs.create_queue(QueueName=f"a-{names['queue']}", Attributes=attributes)["QueueUrl"]
        _feed(sqs, other, names["function"], not calm)
    _feed(sqs, queue, names["function"], not calm and cause != "report")
    if cause == "visibility":  # after the mapping was made, which would refuse so little
        sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": str(HASTY)})
    return {
        "topic": topic,
        RETURNS: topics[RETURNS],
        STRAY: topics[STRAY],
        "queue": queue,
        "dead": dead,
    }


def _topic(sns: Any, name: str) -> str:
    """A topic that logs each delivery to a queue."""
    topic = str(sns.create_topic(Name=name)["TopicArn"])
    role = f"arn:aws:iam::{topic.split(':')[4]}:role/sns-logs"
    for kind in ("Success", "Failure"):
        sns.set_topic_attributes(
            TopicArn=topic, AttributeName=f"SQS{kind}FeedbackRoleArn", AttributeValue=role
        )
    return topic


def _arn(sqs: Any, queue: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])


def _let_in(sqs: Any, queue: str, topics: Sequence[str]) -> str:
    """A policy with a statement for each topic."""
    statements = [
        {
            "Sid": f"topic{number}",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": _arn(sqs, queue),
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        for number, topic in enumerate(topics)
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _subscribe(sns: Any, sqs: Any, topic: str, queue: str, **attributes: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=_arn(sqs, queue), Attributes=attributes)


def _forgotten(sns: Any, sqs: Any, topic: str) -> None:
    """A subscriber that was deleted long ago, and fails for every message ever since."""
    queue = sqs.create_queue(QueueName=GONE)["QueueUrl"]
    _subscribe(sns, sqs, topic, queue)
    sqs.delete_queue(QueueUrl=queue)


def _packer(name: str, calm: bool) -> None:
    role = client_for("iam").create_role(RoleName="pack", AssumeRolePolicyDocument=TRUST)
    functions = client_for("lambda")
    code = CODE.replace("        BUSY\n", "" if calm else f"        {BUSY}\n")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        MemorySize=256,
        Timeout=TIMEOUT,
        Role=role["Role"]["Arn"],
        Code={"ZipFile": package(code)},
    )


def _feed(sqs: Any, queue: str, function: str, report: bool) -> None:
    client_for("lambda").create_event_source_mapping(
        FunctionName=function,
        EventSourceArn=_arn(sqs, queue),
        BatchSize=BATCH,
        MaximumBatchingWindowInSeconds=WINDOW,
        FunctionResponseTypes=["ReportBatchItemFailures"] if report else [],
    )


def orders(count: int = 15, first: int = 1) -> list[Order]:
    """Orders of a customary noon: a fifth is picked up in the shop, a seventh is fragile."""
    return [
        {
            "id": f"o-{k}",
            "items": 1 + k % 4,
            "delivery": ("standard", "express", "standard", "pickup", "standard")[k % 5],
            "fragile": k % 7 == 2,
        }
        for k in range(first, first + count)
    ]


def sell(
    account: Account, cause: str, topic: str, sold: Sequence[Order], *, minutes: float = 15
) -> None:
    """Publish orders, five at once and then a pause, and let `minutes` pass.

    The publisher names the delivery in the message's body and in an attribute; since the release
    that is behind the cause "filter", in the body alone.
    """
    sns = client_for("sns")
    for number, order in enumerate(sold):
        kind = {"delivery": {"DataType": "String", "StringValue": order["delivery"]}}
        sns.publish(
            TopicArn=topic,
            Message=json.dumps(order),
            MessageAttributes={} if cause == "filter" else kind,
        )
        if number % BATCH == BATCH - 1:
            account.advance(seconds=2)
    account.advance(minutes=minutes)


def parcels(function: str = NAMES["function"]) -> dict[str, int]:
    """How often each order was packed, by the function's log."""
    logs = client_for("logs")
    group = f"/aws/lambda/{function}"
    try:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, filterPattern='"packed"'
        )
        lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:  # it has never run
        return {}
    return dict(Counter(line["packed"] for line in lines))
