"""Mending moto where it would mislead or hang; each fix is applied when its service is first used.

Every class and method that is replaced here is named in tests/account/test_moto_contract.py, which
fails by name when a newer moto moves it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import lru_cache, wraps
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from course.account import gateway
from course.account.arrivals import announce
from course.account.errors import AccountClosed, NotSimulated

if TYPE_CHECKING:
    from course.account.region import Region

# Protocols whose delivery moto carries out (sqs), that need no answer from a subscriber, or that
# the account delivers itself (lambda).
DELIVERED = ("sqs", "email", "email-json", "sms", "lambda")

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


def _core() -> None:
    """moto looks for the names of a class's methods with every request; they stay the same."""
    from moto.core import responses

    _replace(responses, "method_names_from_class", lru_cache(responses.method_names_from_class))


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
    """HTTP subscribers would be called on the network; functions are invoked by the account."""
    from moto.sns import models

    from course.account import emails

    subscribe, publish = models.SNSBackend.subscribe, models.Subscription.publish

    @wraps(subscribe)
    def subscribe_if_delivered(backend: Any, topic_arn: str, endpoint: str, protocol: str) -> Any:
        if protocol not in DELIVERED:
            raise NotSimulated(
                f"sns:Subscribe with the protocol {protocol}", "Subscribe an SQS queue."
            )
        made = subscribe(backend, topic_arn, endpoint, protocol)
        emails.ask(_region(backend.region_name), made)
        return made

    @wraps(publish)
    def publish_here(subscription: Any, message: str, message_id: str, **options: Any) -> Any:
        if subscription.protocol == "lambda":
            return _invoke_subscriber(subscription, message, message_id, **options)
        if subscription.protocol in emails.PROTOCOLS:
            region = _region(subscription.topic_arn.split(":")[3])
            return emails.send(region, subscription, message, options.get("subject"))
        return publish(subscription, message, message_id, **options)

    _replace(models.SNSBackend, "subscribe", subscribe_if_delivered)
    _replace(models.Subscription, "publish", publish_here)
    emails.mend(_replace)


def _invoke_subscriber(
    subscription: Any,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    message_structure: str | None = None,
    **options: Any,
) -> None:
    """What moto does for other protocols first: filter, choose the protocol's own text."""
    from course.account.events import notifications

    matcher = subscription._filter_policy_matcher
    if matcher is not None and not matcher.matches(message_attributes, message):
        return
    if message_structure == "json":
        message = subscription._parse_message_structure(message, "lambda")
    notifications.deliver(
        _region(subscription.endpoint.split(":")[3]),
        subscription=subscription.arn,
        topic=subscription.topic_arn,
        function=subscription.endpoint,
        message=message,
        message_id=message_id,
        subject=subject,
        attributes=message_attributes,
        redrive=subscription.attributes.get("RedrivePolicy"),
    )


def _region(name: str) -> Region:
    """A Region of the account that answers now: moto's own objects do not know it."""
    from course.account import lifecycle

    account = lifecycle.current()
    if account is None:
        raise AccountClosed(gateway.CLOSED)
    return account._desk.regions[name]


def _lambda() -> None:
    """moto would need Docker to run a function, and drops several settings; see `control`."""
    from course.account.functions import control, runtime

    def invoke(function: Any, event: Any = None) -> tuple[str, bool, str]:
        """Where moto's own services call a function (S3's notifications): an event for it."""
        region = _region(function.region)
        payload = event if isinstance(event, str) else json.dumps(event)
        runtime.invoke_async(region, function.function_arn, payload, source="moto")
        return "", False, ""

    control.mend(_replace, invoke)
    _announce_arrivals()


def _announce_arrivals() -> None:
    """Event source mappings are told when something is put into a queue or a stream."""
    from moto.dynamodb.models.table import StreamShard
    from moto.kinesis.models import Stream
    from moto.sqs.models import Queue

    def telling(original: Any, place: Callable[[Any], tuple[str, str]]) -> Any:
        @wraps(original)
        def put(holder: Any, *args: Any, **options: Any) -> Any:
            answer = original(holder, *args, **options)
            region, arn = place(holder)
            announce(_region(region), arn)
            return answer

        return put

    _replace(Queue, "add_message", telling(Queue.add_message, lambda q: (q.region, q.queue_arn)))
    _replace(Stream, "put_record", telling(Stream.put_record, lambda s: (s.region, s.arn)))
    _replace(StreamShard, "add", telling(StreamShard.add, _table_stream))


def _table_stream(shard: Any) -> tuple[str, str]:
    table = shard.table
    return table.region_name, f"{table.table_arn}/stream/{table.latest_stream_label}"


def _apigateway() -> None:
    """Deployments would hold nothing, and patches be dropped; see `control`."""
    from course.account.apis import control

    control.mend(_replace, _region)


def _apigatewayv2() -> None:
    """WebSocket APIs would be taken and never answer."""
    from course.account.apis import http_control

    http_control.mend(_replace)


def _sts() -> None:
    """moto would take callers whom it does not know for a user called moto."""
    from moto.sts import models

    from course.account import identity

    def get_caller_identity(backend: Any, access_key_id: str, region: str) -> tuple[str, str, str]:
        found = identity.caller(backend.account_id, access_key_id)
        return found["principalId"], found["arn"], found["accountId"]

    _replace(models.STSBackend, "get_caller_identity", get_caller_identity)


def _stepfunctions() -> None:
    """Executions would run in threads that really wait; see `events.executions`."""
    from course.account.events import executions

    executions.use_no_threads()
    for module, path, replacement in executions.replacements(_region):
        owner, _, name = path.partition(".")
        _replace(getattr(import_module(f"{executions.PARSER}.{module}"), owner), name, replacement)


def _s3() -> None:
    """Forgetting one account would close the objects of every other account, too."""
    from moto.s3 import models

    reset = models.S3Backend.reset

    @wraps(reset)
    def reset_one_account(backend: Any) -> None:
        others: dict[Any, list[Any]] = {}
        for model in (models.FakeKey, models.FakeMultipart):
            tracked = model.instances_tracked
            others[model] = [each for each in tracked if each.account_id != backend.account_id]
            tracked[:] = [each for each in tracked if each.account_id == backend.account_id]
        reset(backend)
        for model, kept in others.items():
            model.instances_tracked[:] = kept

    _replace(models.S3Backend, "reset", reset_one_account)


FIXES: dict[str, Callable[[], None]] = {
    "core": _core,
    "s3": _s3,
    "sqs": _sqs,
    "sns": _sns,
    "lambda": _lambda,
    "stepfunctions": _stepfunctions,
    "apigateway": _apigateway,
    "apigatewayv2": _apigatewayv2,
    "sts": _sts,
}
