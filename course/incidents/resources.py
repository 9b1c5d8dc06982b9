"""What exists in the account, as plain data from which it can be provisioned.

Keys are AWS's service names; the values use snake_case names of the settings that the course needs.
"""

from __future__ import annotations

from typing import Any

from course.incidents import shop, traffic
from course.incidents.access_logs import FORMAT
from course.incidents.fleet import SETTINGS
from course.incidents.lambda_logs import RUNTIME
from course.incidents.names import ROLES, Names
from course.incidents.seeds import stream
from course.incidents.simulation import SAMPLED, Simulation
from course.incidents.story import DEPLOYMENT
from course.incidents.times import iso
from course.incidents.traces import api_id

ALIAS = "live"


def describe(sim: Simulation) -> dict[str, Any]:
    """The resources of a world as they are at its end."""
    names = sim.names
    return {
        "lambda": [_function(sim, role) for role in ROLES],
        "apigateway": [_api(sim)],
        "dynamodb": [_table(names)],
        "sqs": _queues(names),
        "sns": [{"name": names.topic, "subscriptions": [{"lambda": names.receipt}]}],
        "kinesis": [{"name": names.stream, "shards": 1, "retention_hours": 24}],
        "elasticache": [{"name": names.cache, "engine": "redis", "node_type": "cache.t4g.small"}],
        "logs": _groups(names),
        "xray": _tracing(names),
        "deployments": deployments(sim),
    }


def _function(sim: Simulation, role: str) -> dict[str, Any]:
    settings = SETTINGS[role]
    found: dict[str, Any] = {
        "name": sim.names.function(role),
        "runtime": RUNTIME,
        "handler": f"{role}.lambda_handler",
        "memory": settings.memory,
        "timeout": settings.timeout // 1000,
        "log_format": settings.log_format,
        "tracing": "Active" if settings.traced else "PassThrough",
        "version": sim.version(role, sim.end - 1),
        "alias": ALIAS,
    }
    if settings.system_level is not None:
        found["system_log_level"] = settings.system_level
    if settings.reserved is not None:
        found["reserved_concurrency"] = settings.reserved
    if role == "order_worker":
        window = traffic.BATCH_WINDOW // 1000
        found["event_source"] = {
            "sqs": sim.names.queue,
            "batch_size": traffic.BATCH_SIZE,
            "batching_window": window,
        }
    return found


def _tracing(names: Names) -> dict[str, Any]:
    """Beside these, every account has the rule and the group called Default."""
    rule = {
        "name": f"{names.shop}-api",
        "priority": 100,
        "fixed_rate": SAMPLED,
        "reservoir_size": 0,
        "service_name": f"{names.shop}/{names.stage}",
        "service_type": "AWS::ApiGateway::Stage",
    }
    slow = 'http.url CONTAINS "/checkout" AND responsetime > 2'
    return {
        "sampling_rules": [rule],
        "groups": [{"name": "slow-checkouts", "filter_expression": slow}],
    }


def _api(sim: Simulation) -> dict[str, Any]:
    names = sim.names
    routes = {
        ("GET", "/search"): names.search,
        ("POST", "/cart/items"): names.cart,
        ("GET", "/products/{id}"): names.inventory,
        ("POST", "/checkout"): names.checkout,
    }
    return {
        "name": names.shop,
        "id": api_id(sim),
        "stage": names.stage,
        "tracing": True,
        "access_log_group": names.access_group,
        "access_log_format": FORMAT,
        "methods": [_method(*key, function) for key, function in routes.items()],
    }


def _method(verb: str, path: str, function: str) -> dict[str, Any]:
    timeout = shop.INTEGRATION_TIMEOUT.get(path, shop.DEFAULT_INTEGRATION_TIMEOUT)
    found = {"http_method": verb, "path": path, "lambda": function, "timeout_ms": timeout}
    if path in shop.METHOD_LIMITS:
        rate, burst = shop.METHOD_LIMITS[path]
        found.update({"rate_limit": rate, "burst_limit": burst})
    return found


def _table(names: Names) -> dict[str, Any]:
    return {"name": names.table, "hash_key": "orderId", "billing": "PAY_PER_REQUEST"}


def _queues(names: Names) -> list[dict[str, Any]]:
    seconds = traffic.VISIBILITY_TIMEOUT // 1000
    redrive = {"dead_letter_queue": names.dlq, "max_receive_count": traffic.MAX_RECEIVE_COUNT}
    return [
        {"name": names.dlq, "visibility_timeout": 30},
        {"name": names.queue, "visibility_timeout": seconds, **redrive},
    ]


def _groups(names: Names) -> list[dict[str, Any]]:
    """Log groups with their retention in days; None: never expires, the default."""
    groups = [{"name": names.lambda_group(role), "retention": 30} for role in ROLES]
    groups[ROLES.index("receipt")]["retention"] = None
    access = {"name": names.access_group, "retention": 90}
    return [*groups, access, {"name": names.terminal_group, "retention": None}]


def deployments(sim: Simulation) -> list[dict[str, Any]]:
    """The change history: the deployment of the story and earlier, harmless ones, in time order."""
    rng = stream(sim.seed, "deployments")
    changes = []
    for role in rng.sample(ROLES, 3):
        version = sim.version(role, sim.start)
        time = sim.start - rng.randint(1, 96) * 3_600_000 + rng.randint(0, 3_599_000)
        changes.append(_change(sim, role, version, min(time, sim.start - 60_000)))
    story = sim.story.of(DEPLOYMENT)
    if story is not None:
        changes.append(_change(sim, story.detail["role"], story.detail["version"], story.start))
    return sorted(changes, key=lambda change: str(change["time"]))


def _change(sim: Simulation, role: str, version: int, time: int) -> dict[str, Any]:
    function = sim.names.function(role)
    return {"time": iso(time), "function": function, "from": version - 1, "to": version}
