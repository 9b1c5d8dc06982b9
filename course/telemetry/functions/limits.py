"""Lambda's limits and prices in one table, each with the document that it comes from.

Times in milliseconds, sizes in bytes, memory in MB. Left out: what no code here depends on (layers
per function, image sizes, network interfaces).
"""

from __future__ import annotations

from dataclasses import dataclass

_QUOTAS = 'Lambda Developer Guide, "Lambda quotas"'
_MODEL = "botocore's model of Lambda, 2015-03-31"
_ASYNC = (
    'Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation"'
)
_SCALING = 'Lambda Developer Guide, "Lambda scaling behavior"'
_CONCURRENCY = 'Lambda Developer Guide, "Understanding Lambda function scaling"'
_LIFECYCLE = 'Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle"'
_MEMORY = 'Lambda Developer Guide, "Configure Lambda function memory"'
_PRICING = "AWS Lambda pricing, us-east-1, x86 and arm64, first tier"


@dataclass(frozen=True)
class Limit:
    """One number, its unit and where AWS says so."""

    value: float
    unit: str
    source: str


LIMITS: dict[str, Limit] = {
    "memory_min": Limit(128, "MB", _QUOTAS),
    "memory_max": Limit(10_240, "MB", _QUOTAS),
    "memory_of_one_vcpu": Limit(1_769, "MB", _MEMORY),
    "timeout_max": Limit(900, "s", _QUOTAS),
    "timeout_default": Limit(3, "s", _QUOTAS),
    "environment_size": Limit(4_096, "bytes", _QUOTAS),
    "payload_sync": Limit(6_291_456, "bytes", _QUOTAS),
    "response_sync": Limit(6_291_556, "bytes", "the service's own message, errors of Invoke"),
    "payload_async": Limit(1_048_576, "bytes", _QUOTAS),
    "package_zipped": Limit(52_428_800, "bytes", _QUOTAS),
    "package_unzipped": Limit(262_144_000, "bytes", _QUOTAS),
    "ephemeral_storage_max": Limit(10_240, "MB", _QUOTAS),
    "code_storage": Limit(80_530_636_800, "bytes", _QUOTAS),
    "concurrency": Limit(1_000, "executions", _QUOTAS),
    "unreserved_min": Limit(100, "executions", _CONCURRENCY),
    "scaling_burst": Limit(1_000, "environments", _SCALING),
    "scaling_period": Limit(10_000, "ms", _SCALING),
    "requests_per_concurrency": Limit(10, "per second", _CONCURRENCY),
    "init_phase": Limit(10_000, "ms", _LIFECYCLE),
    "init_phase_ahead": Limit(130_000, "ms", _LIFECYCLE),
    "async_retries": Limit(2, "retries", _ASYNC),
    "async_first_retry": Limit(60_000, "ms", _ASYNC),
    "async_second_retry": Limit(120_000, "ms", _ASYNC),
    "async_age": Limit(21_600, "s", _ASYNC),
    "async_age_min": Limit(60, "s", _MODEL),
    "async_throttle_first": Limit(1_000, "ms", _ASYNC),
    "async_throttle_longest": Limit(300_000, "ms", _ASYNC),
    "log_tail": Limit(4_096, "bytes", f"{_MODEL}: InvocationResponse.LogResult"),
    "log_event": Limit(1_048_576, "bytes", 'CloudWatch Logs user guide, "CloudWatch Logs quotas"'),
    "price_request": Limit(0.20 / 1_000_000, "USD", _PRICING),
    "price_gb_second_x86_64": Limit(0.0000166667, "USD", _PRICING),
    "price_gb_second_arm64": Limit(0.0000133334, "USD", _PRICING),
}


def limit(name: str) -> float:
    """The value of a limit; KeyError for one that is not in the table."""
    return LIMITS[name].value


def whole(name: str) -> int:
    """The value of a limit that is counted in whole units."""
    return int(LIMITS[name].value)
