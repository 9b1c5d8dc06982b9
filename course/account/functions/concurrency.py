"""Account settings and provisioned concurrency: the operations of Lambda that concern concurrency.

"Configuring provisioned concurrency": for an alias or a published version, environments that are
initialised ahead; requests beyond them spill over to new ones. They come out of the function's
reserved concurrency, else of the account's unreserved part. Lambda allocates up to 6,000
environments a minute; one of them here takes its initialisation and its place in that row.
"Configuring reserved concurrency": 100 executions stay unreserved.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from course.account.clock import utc
from course.account.errors import AwsError
from course.account.functions.configured import LATEST, Function, Name, parse
from course.account.functions.runtime import Functions
from course.account.region import Region
from course.telemetry.functions.concurrency import Slot
from course.telemetry.functions.limits import limit, whole

Parameters = dict[str, Any]
PER_MINUTE = 6000
IN_PROGRESS, READY, FAILED = "IN_PROGRESS", "READY", "FAILED"


@dataclass
class Provisioned:
    """What one qualifier of a function has provisioned. changed: epoch ms."""

    qualifier: str
    requested: int
    changed: int
    slots: list[Slot]
    version: str
    status: str = IN_PROGRESS
    reason: str | None = None

    def described(self) -> dict[str, Any]:
        ready = len(self.slots) if self.status == READY else 0
        found = {
            "RequestedProvisionedConcurrentExecutions": self.requested,
            "AvailableProvisionedConcurrentExecutions": ready,
            "AllocatedProvisionedConcurrentExecutions": ready,
            "Status": self.status,
            "LastModified": f"{utc(self.changed):%Y-%m-%dT%H:%M:%S+0000}",
        }
        return found | ({"StatusReason": self.reason} if self.reason else {})


class Provisions:
    """The provisioned concurrency of a Region, by function and qualifier."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.kept: dict[str, dict[str, Provisioned]] = {}


# -- account settings --------------------------------------------------------------------------


def get_account_settings(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    lambdas = region.part(Functions)
    functions = [lambdas.catalogue.latest(name) for name in lambdas.catalogue.names()]
    size = sum(int(getattr(each, "code_size", 0)) for each in functions)
    return {
        "AccountLimit": {
            "TotalCodeSize": whole("code_storage"),
            "CodeSizeUnzipped": whole("package_unzipped"),
            "CodeSizeZipped": whole("package_zipped"),
            "ConcurrentExecutions": lambdas.pool.limit,
            "UnreservedConcurrentExecutions": _unreserved(lambdas),
        },
        "AccountUsage": {"TotalCodeSize": size, "FunctionCount": len(functions)},
    }


def _unreserved(lambdas: Functions, without: str | None = None) -> int:
    """What is left of the account's limit; without: a function whose reservation is left out."""
    names = [name for name in lambdas.catalogue.names() if name != without]
    return lambdas.pool.limit - sum(lambdas.catalogue.reserved(name) or 0 for name in names)


def put_function_concurrency(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    lambdas, wanted = region.part(Functions), parameters["ReservedConcurrentExecutions"]
    function = _function(region, parameters["FunctionName"])
    least = whole("unreserved_min")
    if _unreserved(lambdas, function) - wanted < least:
        message = (
            "Specified ReservedConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{least}]."
        )
        raise AwsError("InvalidParameterValueException", message, Type="User")
    provisioned = sum(each.requested for each in _kept(region, function).values())
    if wanted < provisioned:
        message = (
            "ReservedConcurrentExecutions can not be set below the total allocated "
            f"ProvisionedConcurrentExecutions [{provisioned}]."
        )
        raise AwsError("InvalidParameterValueException", message, Type="User")
    lambdas.catalogue.latest(function).reserved_concurrency = wanted
    return {"ReservedConcurrentExecutions": wanted}


# -- provisioned concurrency -------------------------------------------------------------------


def put_provisioned_concurrency_config(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    lambdas = region.part(Functions)
    wanted = parameters["ProvisionedConcurrentExecutions"]
    function = _qualified(region, parameters)
    qualifier = parameters["Qualifier"]
    kept = _kept(region, function.name)
    _check_room(lambdas, function, kept, qualifier, wanted)
    if function.restores:
        message = "Provisioned Concurrency is not supported for functions with SnapStart enabled."
        raise AwsError("InvalidParameterValueException", message, Type="User")
    _free(kept.pop(qualifier, None))
    found = Provisioned(qualifier, wanted, region.now, [], function.version)
    kept[qualifier] = found
    region.agenda.at(region.now + 1, lambda: _allocate(lambdas, function, found))
    return found.described()


def _check_room(
    lambdas: Functions,
    function: Function,
    kept: Mapping[str, Provisioned],
    qualifier: str,
    wanted: int,
) -> None:
    others = sum(each.requested for name, each in kept.items() if name != qualifier)
    reserved = lambdas.catalogue.reserved(function.name)
    if reserved is not None and others + wanted > reserved:
        message = (
            "Requested Provisioned Concurrency should not be greater than the "
            "reservedConcurrentExecution for function"
        )
        raise AwsError("InvalidParameterValueException", message, Type="User")
    room = _unreserved(lambdas) - whole("unreserved_min")
    if reserved is None and others + wanted > room:
        message = (
            "Specified ConcurrentExecutions for function is greater than account's unreserved "
            f"concurrency [{room}]."
        )
        raise AwsError("InvalidParameterValueException", message, Type="User")


def _allocate(lambdas: Functions, function: Function, found: Provisioned) -> None:
    """Initialise the environments ahead; one that fails leaves the configuration FAILED."""
    fleet, now = lambdas.pool.fleet(function.name), lambdas.region.now
    most = max(limit("init_phase_ahead"), float(function.timeout))
    longest = 0.0
    for _ in range(found.requested):
        slot = fleet.start(function.code, provisioned=True)
        sandbox = lambdas.sandbox(slot, function, now, "provisioned-concurrency")
        ended = sandbox.initialise(now, most)
        longest = max(longest, ended.elapsed)
        found.slots.append(slot)
        if ended.kind != "ok":
            found.reason = "FUNCTION_ERROR_INIT_FAILURE"
            break
    ready = now + math.ceil(longest + found.requested / PER_MINUTE * 60_000)
    for slot in found.slots:
        slot.busy_from = slot.free_at = float(ready)
    lambdas.region.agenda.at(ready, lambda: _arrived(found))


def _arrived(found: Provisioned) -> None:
    if found.reason is None:
        found.status = READY
        return
    found.status = FAILED
    _free(found)


def _free(found: Provisioned | None) -> None:
    """Let provisioned environments go; one that is running finishes first."""
    for slot in found.slots if found is not None else ():
        slot.provisioned = False
        slot.lifetime = 0.0


def get_provisioned_concurrency_config(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    return _found(region, parameters).described()


def delete_provisioned_concurrency_config(
    region: Region, parameters: Parameters
) -> Mapping[str, Any]:
    function = _qualified(region, parameters)
    kept = _kept(region, function.name)
    _free(kept.pop(parameters["Qualifier"], None))
    return {}


def list_provisioned_concurrency_configs(
    region: Region, parameters: Parameters
) -> Mapping[str, Any]:
    function = _function(region, parameters["FunctionName"])
    arn = region.part(Functions).catalogue.arn(function)
    listed = [
        {"FunctionArn": f"{arn}:{each.qualifier}", **each.described()}
        for each in _kept(region, function).values()
    ]
    return {"ProvisionedConcurrencyConfigs": listed}


def _found(region: Region, parameters: Parameters) -> Provisioned:
    function = _qualified(region, parameters)
    found = _kept(region, function.name).get(parameters["Qualifier"])
    if found is None:
        message = "No Provisioned Concurrency Config found for this function"
        raise AwsError("ProvisionedConcurrencyConfigNotFoundException", message, Type="User")
    return found


def _kept(region: Region, function: str) -> dict[str, Provisioned]:
    return region.part(Provisions).kept.setdefault(function, {})


def _function(region: Region, text: str) -> str:
    """The name of a function that exists."""
    lambdas = region.part(Functions)
    return lambdas.catalogue.find(Name(parse(region, text).name, None), lambdas.rng).name


def _qualified(region: Region, parameters: Parameters) -> Function:
    """A published version or an alias of one: nothing else can have provisioned concurrency."""
    lambdas = region.part(Functions)
    name = parse(region, parameters["FunctionName"], parameters["Qualifier"])
    function = lambdas.catalogue.find(name, lambdas.rng)
    if function.version == LATEST:
        message = (
            "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        )
        raise AwsError("InvalidParameterValueException", message, Type="User")
    return function
