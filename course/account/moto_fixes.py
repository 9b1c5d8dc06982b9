"""Mending moto where it would mislead or hang; each fix is applied when its service is first used.

Every class and method that is replaced here is named in tests/account/test_moto_contract.py, which
fails by name when a newer moto moves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from course.account.errors import NotSimulated

# Protocols whose delivery moto carries out (sqs) or that need no answer from a subscriber.
DELIVERED = ("sqs", "email", "email-json", "sms")
# The world's own Lambda subscriptions may exist, though nothing is delivered through them.
LISTED = (*DELIVERED, "lambda")

# What was replaced, by its path in moto; the contract tests look at these.
originals: dict[str, Any] = {}
_applied: set[str] = set()


def _replace(owner: Any, name: str, replacement: Any) -> None:
    place = (
        owner.__name__ if isinstance(owner, ModuleType) else f"{owner.__module__}.{owner.__name__}"
    )
    originals[f"{place}.{name}"] = getattr(owner, name)
    setattr(owner, name, replacement)


def repeat_ids() -> None:
    """Let moto's random ids (message ids, for example) be the same in every run."""
    from moto.moto_api._internal import mock_random

    mock_random.seed(0)


def apply(service: str) -> None:
    """Apply the fixes of one service; a second time changes nothing."""
    if service in _applied:
        return
    _applied.add(service)
    fix = FIXES.get(service)
    if fix is not None:
        fix()


def _sqs() -> None:
    """A long poll would wait for ever under a standing clock: it looks once and returns.

    moto's own clock function is slow enough to be felt with a few hundred messages.
    """
    from moto.sqs import models

    receive = models.SQSBackend.receive_message

    @wraps(receive)
    def receive_at_once(
        backend: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        *rest: Any,
        **more: Any,
    ) -> Any:
        return receive(backend, queue_name, count, 0, *rest, **more)

    _replace(models.SQSBackend, "receive_message", receive_at_once)
    _replace(models, "unix_time_millis", _milliseconds)


def _milliseconds(moment: Any = None) -> float:
    return (time.time() if moment is None else moment.timestamp()) * 1000


def _sns() -> None:
    """HTTP subscribers would be called on the network, Lambda ones would need Docker."""
    from moto.sns import models

    subscribe, publish = models.SNSBackend.subscribe, models.Subscription.publish

    @wraps(subscribe)
    def subscribe_if_delivered(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        if protocol not in LISTED:
            raise NotSimulated(
                f"sns:Subscribe with the protocol {protocol}", "Subscribe an SQS queue."
            )
        return subscribe(backend, topic_arn, endpoint, protocol)

    @wraps(publish)
    def publish_if_delivered(subscription: Any, *message: Any, **options: Any) -> Any:
        if subscription.protocol not in DELIVERED:
            what = f"sns:Publish to a subscriber with the protocol {subscription.protocol}"
            raise NotSimulated(what, "Publish to a topic whose subscribers are SQS queues.")
        return publish(subscription, *message, **options)

    _replace(models.SNSBackend, "subscribe", subscribe_if_delivered)
    _replace(models.Subscription, "publish", publish_if_delivered)


def _lambda() -> None:
    """Every way to run a function ends here in moto, which would need Docker for it."""
    from moto.awslambda import models

    def invoke(function: Any, event: Any = None) -> Any:
        instead = "Read what functions did in their log groups and in the AWS/Lambda metrics."
        raise NotSimulated(f"running the function {function.function_name}", instead)

    _replace(models.LambdaFunction, "_invoke_lambda", invoke)


def _apigateway() -> None:
    """moto would answer calls of an API at exact addresses, past the account's door."""
    from moto.apigateway import models

    _replace(models.RestAPI, "update_integration_mocks", lambda api, stage_name: None)


FIXES: dict[str, Callable[[], None]] = {
    "sqs": _sqs,
    "sns": _sns,
    "lambda": _lambda,
    "apigateway": _apigateway,
}
