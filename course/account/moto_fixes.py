"""Mending moto where it would mislead or hang; each fix is applied when its service is first used.

Every class and method that is replaced here is named in tests/account/test_moto_contract.py, which
fails by name when a newer moto moves it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache, wraps
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from course.account.arrivals import announce

if TYPE_CHECKING:
    from course.account.region import Region

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
    """What moto does with every request and every object, of all services.

    It looks for the names of a class's methods each time, though they stay the same; and it keeps
    each item, message and key for ever, to show them on a page of its server that nobody opens
    here: a notebook that opens account after account would grow by all of them.
    """
    from moto.core import common_models, responses

    _replace(responses, "method_names_from_class", lru_cache(responses.method_names_from_class))
    _replace(common_models.BaseModel, "__new__", staticmethod(_untracked))


def _untracked(cls: Any, *args: Any, **settings: Any) -> Any:
    made = object.__new__(cls)
    if hasattr(cls, "dispose"):  # S3's reset finds by this list the files that it must close
        cls.instances_tracked.append(made)
    return made


def _region(name: str) -> Region:
    """A Region of the account that answers now: moto's own objects do not know it."""
    from course.account import lifecycle

    return lifecycle.held()._desk.regions[name]


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
    """Event source mappings are told when something is put into a table's stream."""
    from moto.dynamodb.models.table import StreamShard

    add = StreamShard.add

    @wraps(add)
    def add_and_announce(shard: Any, *args: Any, **options: Any) -> Any:
        answer = add(shard, *args, **options)
        region, arn = _table_stream(shard)
        announce(_region(region), arn)
        return answer

    _replace(StreamShard, "add", add_and_announce)


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


def _dynamodb() -> None:
    """moto measures an item again for every attribute of it; `tables.checks` does so once."""
    from moto.dynamodb.models.dynamo_type import LimitedSizeDict

    _replace(LimitedSizeDict, "__setitem__", dict.__setitem__)


def _dynamodbstreams() -> None:
    """Shard iterators would differ from run to run."""
    from moto.dynamodbstreams import models
    from moto.moto_api._internal import mock_random

    models.os = SimpleNamespace(urandom=mock_random.randbytes)


def _stepfunctions() -> None:
    """Executions would run in threads that really wait; see `events.executions`."""
    from course.account.events import executions

    executions.use_no_threads()
    for module, path, replacement in executions.replacements(_region):
        owner, _, name = path.partition(".")
        _replace(getattr(import_module(f"{executions.PARSER}.{module}"), owner), name, replacement)


def _keep_objects_of_others() -> None:
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


def _s3() -> None:
    """Notifications would go to moto's own queues and topics; their policies are not asked here."""
    from moto.s3 import notifications

    from course.account.events import targets
    from course.account.storage import door, events

    def deliver(service: str) -> Any:
        def send(account_id: str, event_body: Any, target: str, region_name: str) -> None:
            region = _region(region_name)
            arn = target if target.startswith("arn:") else region.arn(service, target)
            try:
                targets.deliver(region, arn, json.dumps(event_body), source="s3.amazonaws.com")
            except targets.DeliveryFailed as failure:
                region.happened("notification", topic=None, target=arn, error=failure.message)

        return send

    door.mend(_replace)
    type_of = notifications._detail_type
    _replace(notifications, "_send_event_bridge_message", events.telling(_region, type_of))
    _replace(notifications, "_send_sqs_message", deliver("sqs"))
    _replace(notifications, "_send_sns_message", deliver("sns"))
    _keep_objects_of_others()


def _ec2() -> None:
    """moto would read a thousand machine images for every account; nothing here starts one."""
    from moto import settings

    _replace(settings, "ec2_load_default_amis", lambda: False)


FIXES: dict[str, Callable[[], None]] = {
    "core": _core,
    "s3": _s3,
    "lambda": _lambda,
    "stepfunctions": _stepfunctions,
    "apigateway": _apigateway,
    "apigatewayv2": _apigatewayv2,
    "sts": _sts,
    "dynamodb": _dynamodb,
    "dynamodbstreams": _dynamodbstreams,
    "ec2": _ec2,
}
