"""Parameter groups: how a node is configured on ElastiCache, where CONFIG SET is not allowed.

ElastiCache user guide, "Parameter management for Valkey and Redis OSS": the default groups cannot
be changed; a group of one's own is made for a family, changed, and given to a cluster. Two
parameters do something here, maxmemory-policy and reserved-memory-percent; others are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from course.account import paging
from course.account.region import Region
from course.telemetry.caches.eviction import DEFAULT, POLICIES
from course.telemetry.caches.sizes import RESERVED_PERCENT
from course.telemetry.errors import NotSupported, RuleError

FAMILIES = ("redis6.x", "redis7", "valkey7", "valkey8", "memcached1.6")
MOST = 100
INVALID, INVALID_STATE = "InvalidParameterValue", "InvalidCacheParameterGroupState"
# name -> default, type, allowed values, description
KNOWN = {
    "maxmemory-policy": (DEFAULT, "string", ",".join(POLICIES), "Max memory policy."),
    "reserved-memory-percent": (
        str(RESERVED_PERCENT),
        "integer",
        "0-100",
        "The percent of memory reserved for non-cache memory usage.",
    ),
}


@dataclass
class ParameterGroup:
    """A group; values: what was changed in it."""

    name: str
    family: str
    description: str
    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def default(cls, name: str) -> ParameterGroup:
        """AWS's own group of a family."""
        of = name.removeprefix("default.")
        if of not in FAMILIES:
            raise RuleError("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
        return cls(name, of, f"Default parameter group for {of}")

    def value(self, parameter: str) -> str:
        """What a parameter is set to."""
        return self.values.get(parameter, KNOWN[parameter][0])

    def described(self) -> dict[str, Any]:
        return {
            "CacheParameterGroupName": self.name,
            "CacheParameterGroupFamily": self.family,
            "Description": self.description,
            "IsGlobal": False,
        }


def family(engine: str, version: str) -> str:
    """The family of an engine's version: `redis7` for 7.1, `redis6.x` for 6.2."""
    major, _, rest = version.partition(".")
    if engine == "memcached":
        return f"memcached1.{rest.partition('.')[0]}"
    return "redis6.x" if (engine, major) == ("redis", "6") else f"{engine}{major}"


def create_cache_parameter_group(region: Region, parameters: Mapping[str, Any]) -> Any:
    groups, name = _groups(region), parameters["CacheParameterGroupName"].lower()
    if name in groups.parameter_groups or name.startswith("default."):
        raise RuleError(
            "CacheParameterGroupAlreadyExists", f"Cache parameter group {name} already exists"
        )
    of = parameters["CacheParameterGroupFamily"]
    if of not in FAMILIES:
        raise RuleError(
            INVALID, f"CacheParameterGroupFamily {of} is not a valid parameter group family."
        )
    made = ParameterGroup(name, of, parameters["Description"])
    groups.parameter_groups[name] = made
    return {"CacheParameterGroup": made.described()}


def describe_cache_parameter_groups(region: Region, parameters: Mapping[str, Any]) -> Any:
    groups = _groups(region)
    if "CacheParameterGroupName" in parameters:
        found = [groups.parameter_group(parameters["CacheParameterGroupName"])]
    else:
        defaults = [groups.parameter_group(f"default.{name}") for name in FAMILIES]
        own = [each for each in groups.parameter_groups.values() if each not in defaults]
        found = sorted([*defaults, *own], key=lambda each: each.name)
    return _page("CacheParameterGroups", [each.described() for each in found], parameters)


def describe_cache_parameters(region: Region, parameters: Mapping[str, Any]) -> Any:
    group = _groups(region).parameter_group(parameters["CacheParameterGroupName"])
    listed = [] if group.family.startswith("memcached") else [*KNOWN]
    found = [_described(group, name) for name in listed]
    if "Source" in parameters:
        found = [each for each in found if each["Source"] == parameters["Source"]]
    return _page("Parameters", found, parameters)


def _described(group: ParameterGroup, name: str) -> dict[str, Any]:
    _, kind, allowed, description = KNOWN[name]
    return {
        "ParameterName": name,
        "ParameterValue": group.value(name),
        "Description": description,
        "Source": "user" if name in group.values else "system",
        "DataType": kind,
        "AllowedValues": allowed,
        "IsModifiable": True,
        "ChangeType": "immediate",
    }


def modify_cache_parameter_group(region: Region, parameters: Mapping[str, Any]) -> Any:
    group = _changeable(region, parameters["CacheParameterGroupName"])
    given = {
        each["ParameterName"]: each.get("ParameterValue", "")
        for each in parameters["ParameterNameValues"]
    }
    for name, value in given.items():
        _check(group, name, value)
    group.values.update(given)
    _apply(region, group)
    return {"CacheParameterGroupName": group.name}


def reset_cache_parameter_group(region: Region, parameters: Mapping[str, Any]) -> Any:
    group = _changeable(region, parameters["CacheParameterGroupName"])
    if parameters.get("ResetAllParameters"):
        group.values.clear()
    for each in parameters.get("ParameterNameValues", ()):
        group.values.pop(each["ParameterName"], None)
    _apply(region, group)
    return {"CacheParameterGroupName": group.name}


def delete_cache_parameter_group(region: Region, parameters: Mapping[str, Any]) -> None:
    group = _changeable(region, parameters["CacheParameterGroupName"])
    users = [each.id for each in _groups(region).clusters.values() if _uses(each, group)]
    if users:
        raise RuleError(
            INVALID_STATE, f"One or more cache clusters use the group {group.name}: {users[0]}."
        )
    del _groups(region).parameter_groups[group.name]


def _check(group: ParameterGroup, name: str, value: str) -> None:
    if name not in KNOWN or group.family.startswith("memcached"):
        raise NotSupported(f"The parameter {name}", f"Set {' or '.join(KNOWN)}.")
    fits = (
        value in POLICIES if name == "maxmemory-policy" else value.isdigit() and int(value) <= 100
    )
    if not fits:
        raise RuleError(INVALID, f"Invalid value {value} for parameter {name}.")


def _changeable(region: Region, name: str) -> ParameterGroup:
    group = _groups(region).parameter_group(name.lower())
    if group.name.startswith("default."):
        raise RuleError(INVALID, f"The parameter group {group.name} cannot be modified or deleted.")
    return group


def _apply(region: Region, group: ParameterGroup) -> None:
    for cluster in _groups(region).clusters.values():
        if _uses(cluster, group):
            _groups(region).apply_limits(cluster)


def _uses(cluster: Any, group: ParameterGroup) -> bool:
    return bool(cluster.parameter_group == group.name)


def _page(member: str, found: list[Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    limit = int(parameters.get("MaxRecords", MOST))
    return paging.paged(member, found, parameters, "Marker", limit, invalid=INVALID)


def _groups(region: Region) -> Any:
    from course.account.caches.store import Caches  # which keeps the groups

    return region.part(Caches)
