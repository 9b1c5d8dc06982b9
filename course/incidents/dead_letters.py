"""Orders that die in a queue for different reasons: the evidence is in their worker's log.

A function reads one or several queues through event source mappings, five orders at a time, and
says of each order that it was started and that it was done. It stops at an order without an
address, and with it the whole batch comes back; later it is throttled, so that orders are received
without any processing ("Using Lambda with Amazon SQS", Lambda developer guide). Or a worker of
somebody else ships what arrives. Everything is made with boto3 in the open account: who dies, and
what the log says, is the account's doing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import boto3

from course.account import Account, package

TRUST = '{"Version": "2012-10-17", "Statement": []}'
# What a mapping needs until it reads, and until it reads no more.
TRANSITION = 6
# Messages in one request.
MOST = 10
CODE = """import json


def lambda_handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["body"])
        print("STARTED", order["order"])
        print("label for", order["address"])
        print("DONE", order["order"])
"""
# What a worker of somebody else imports to ship an order: a module of this text.
SHIPPING = """import time


def ship(order):
    if time.time() < order.get("not_before", 0):
        raise TimeoutError("the carrier does not answer")
    print("SHIPPED", order["id"], "to", order["address"])
"""
Order = dict[str, Any]


def bury(
    account: Account,
    worker: str,
    queues: Sequence[str],
    orders: Sequence[Order],
    throttled: int,
    messages: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Let a worker read queues until orders have died; afterwards nobody reads them any more.

    worker: the name of the function that is made for it. queues: URLs; the orders go to them by
    turns, their "channel" (or "web") as a message attribute. throttled: how many of the last
    orders come while the function is throttled. messages: for an order's id, what its message has
    instead (MessageBody, MessageAttributes). Takes seven minutes of the account's time.
    """
    functions, sqs = boto3.client("lambda"), boto3.client("sqs")
    _deploy(functions, worker, {"lambda_function.py": CODE})
    mappings = [
        functions.create_event_source_mapping(
            FunctionName=worker, EventSourceArn=_arn(sqs, url), BatchSize=5
        )["UUID"]
        for url in queues
    ]
    account.advance(seconds=TRANSITION)
    last = len(orders) - throttled
    entries = [{**_entry(order), **messages.get(order["order"], {})} for order in orders]
    _send(sqs, queues, entries[:last])
    account.advance(seconds=204)
    functions.put_function_concurrency(FunctionName=worker, ReservedConcurrentExecutions=0)
    _send(sqs, queues, entries[last:])
    account.advance(seconds=204)
    for mapping in mappings:
        functions.delete_event_source_mapping(UUID=mapping)
    account.advance(seconds=TRANSITION)


def ship_all(
    account: Account, name: str, bodies: Sequence[str], source: str, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Let a worker ship the messages of a queue, in batches of up to ten, three receives each.

    name: of the function, the queue and (with -dlq) its dead-letter queue, which are made for it.
    source: the text of its lambda_function.py, beside which stands the module `shipping`.
    settings: what its mapping is changed to.

    Returns "shipped" (order ids, as often as they were shipped), "dead" and "left" (bodies that
    are in the dead-letter queue and in the queue), "invocations", "batch_size" and "log" (the texts
    of the function's log). Takes six minutes of the account's time.
    """
    functions, sqs = boto3.client("lambda"), boto3.client("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    policy = {"deadLetterTargetArn": _arn(sqs, dead), "maxReceiveCount": 3}
    attributes = {"RedrivePolicy": json.dumps(policy)}
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    _deploy(functions, name, {"lambda_function.py": source, "shipping.py": SHIPPING})
    mapping = functions.create_event_source_mapping(
        FunctionName=name, EventSourceArn=_arn(sqs, url), BatchSize=10
    )["UUID"]
    account.advance(seconds=TRANSITION)
    functions.update_event_source_mapping(UUID=mapping, **settings)
    account.advance(seconds=TRANSITION)
    entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
    for first in range(0, len(entries), MOST):
        sqs.send_message_batch(QueueUrl=url, Entries=entries[first : first + MOST])
    account.advance(seconds=240)
    log = _log(name)
    return {
        "shipped": [line.split()[1] for line in log if line.startswith("SHIPPED ")],
        "dead": _bodies(sqs, dead),
        "left": _bodies(sqs, url),
        "invocations": sum(line.startswith("REPORT ") for line in log),
        "batch_size": functions.get_event_source_mapping(UUID=mapping)["BatchSize"],
        "log": log,
    }


def _log(function: str) -> list[str]:
    logs = boto3.client("logs")
    pages = logs.get_paginator("filter_log_events")
    found = pages.paginate(logGroupName=f"/aws/lambda/{function}")
    try:
        return [event["message"] for page in found for event in page["events"]]
    except logs.exceptions.ResourceNotFoundException:  # it has never run
        return []


def _bodies(sqs: Any, url: str) -> list[str]:
    found: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=MOST).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


def _deploy(functions: Any, name: str, files: dict[str, str]) -> None:
    role = boto3.client("iam").create_role(RoleName=f"{name}-run", AssumeRolePolicyDocument=TRUST)
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="lambda_function.lambda_handler",
        Role=role["Role"]["Arn"],
        Code={"ZipFile": package(files)},
        Timeout=20,
    )


def _arn(sqs: Any, url: str) -> str:
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return str(asked["Attributes"]["QueueArn"])


def _send(sqs: Any, queues: Sequence[str], entries: Sequence[dict[str, Any]]) -> None:
    for number, url in enumerate(queues):
        mine = entries[number :: len(queues)]
        for first in range(0, len(mine), MOST):
            sqs.send_message_batch(QueueUrl=url, Entries=mine[first : first + MOST])


def _entry(order: Order) -> dict[str, Any]:
    channel = {"DataType": "String", "StringValue": order.get("channel", "web")}
    body = json.dumps(order)
    return {"Id": order["order"], "MessageBody": body, "MessageAttributes": {"channel": channel}}
