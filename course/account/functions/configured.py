"""A function as it is configured: read from moto, which keeps versions, aliases and settings.

Names come in four forms (API reference, "FunctionName"): name, name:qualifier, partial ARN and
ARN; a qualifier is $LATEST, a version or an alias ("Lambda function versions").
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from moto.awslambda.models import lambda_backends

from course.account.errors import AwsError
from course.account.region import Region
from course.telemetry.functions import log_lines

_NAME = re.compile(
    r"(?:arn:(?P<partition>[\w-]+):lambda:(?P<region>[\w-]+):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[A-Za-z0-9_-]{1,140})(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]+))?"
)
LATEST = "$LATEST"


@dataclass(frozen=True)
class Function:
    """One version of a function, ready to run. memory in MB, timeout in ms.

    code: what an execution environment is made from; it changes with every update.
    arn: unqualified. role: the execution role's ARN. alias: the one that it was called by.
    network: its VpcConfig.
    """

    name: str
    arn: str
    version: str
    alias: str | None
    code: Hashable
    handler: str
    runtime: str
    memory: int
    timeout: int
    role: str
    architecture: str
    variables: Mapping[str, str]
    archive: bytes
    layers: tuple[bytes, ...]
    logging: Mapping[str, str]
    tracing: str
    restores: bool
    dead_letters: str | None
    network: Mapping[str, Any]

    @property
    def log_group(self) -> str:
        return self.logging["LogGroup"]

    @property
    def logs_json(self) -> bool:
        return self.logging["LogFormat"] == "JSON"

    @property
    def qualified_arn(self) -> str:
        """The ARN under which it was called, with its alias or version."""
        qualifier = self.alias or (None if self.version == LATEST else self.version)
        return f"{self.arn}:{qualifier}" if qualifier else self.arn

    def log_settings(self) -> log_lines.Settings:
        level = self.logging.get("SystemLogLevel")
        log_format = self.logging["LogFormat"]
        return log_lines.Settings(self.name, self.memory, self.timeout, log_format, level)


@dataclass(frozen=True)
class Name:
    """What a FunctionName parameter says."""

    name: str
    qualifier: str | None


@lru_cache(maxsize=512)
def _parsed(text: str) -> re.Match[str] | None:
    return _NAME.fullmatch(text)


def parse(region: Region, text: str, qualifier: str | None = None) -> Name:
    """Read a FunctionName with the Qualifier beside it; AwsError where they do not go together."""
    found = _parsed(text)
    if found is None:
        message = f"Value '{text}' at 'functionName' failed to satisfy constraint: {_NAME.pattern}"
        raise AwsError("ValidationException", f"1 validation error detected: {message}")
    where = found["region"]
    if where and where != region.name:
        message = f"Functions from '{where}' are not reachable in this region ('{region.name}')"
        raise AwsError("ResourceNotFoundException", message)
    own = found["qualifier"]
    if own and qualifier and own != qualifier:
        message = (
            "The derived qualifier from the function name does not match the specified qualifier."
        )
        raise AwsError("InvalidParameterValueException", message)
    return Name(found["name"], own or qualifier)


class Catalogue:
    """The functions that moto keeps for one Region."""

    def __init__(self, region: Region) -> None:
        self._region = region
        self._backend = lambda_backends[region.account_id][region.name]
        self._storage = self._backend._lambdas

    def find(self, name: Name, rng: Random) -> Function:
        """The version that a request runs; an alias with weights draws it from `rng`."""
        group = self._storage._functions.get(name.name)
        if group is None:
            raise self._unknown(name)
        alias, qualifier = None, name.qualifier or LATEST
        if qualifier != LATEST and not qualifier.isdigit():
            alias, qualifier = qualifier, self._routed(name, rng)
        if qualifier == LATEST:
            found = group["latest"]
        else:
            found = self._storage._get_version(name.name, qualifier)
        if found is None:
            raise self._unknown(name)
        return self._read(found, alias)

    def latest(self, function: str) -> Any:
        """moto's object of a function's $LATEST; None when there is no such function."""
        group = self._storage._functions.get(function)
        return group["latest"] if group else None

    def names(self) -> list[str]:
        """The functions there are."""
        return list(self._storage._functions)

    def aliases(self, function: str) -> dict[str, Any]:
        """A function's aliases, as moto keeps them."""
        found: dict[str, Any] = self._storage._aliases[self.arn(function)]
        return found

    def reserved(self, function: str) -> int | None:
        """A function's reserved concurrency; None when it draws on what is unreserved."""
        found = self.latest(function)
        value = None if found is None else found.reserved_concurrency
        return None if value is None else int(value)

    def reservations(self) -> dict[str, int]:
        """The reserved concurrency of every function that has one."""
        latest = [group["latest"] for group in self._storage._functions.values()]
        return {
            each.function_name: int(each.reserved_concurrency)
            for each in latest
            if each is not None and each.reserved_concurrency is not None
        }

    def arn(self, function: str) -> str:
        """The unqualified ARN of a function."""
        return self._region.arn("lambda", f"function:{function}")

    def _unknown(self, name: Name) -> AwsError:
        suffix = f":{name.qualifier}" if name.qualifier else ""
        message = f"Function not found: {self.arn(name.name)}{suffix}"
        return AwsError("ResourceNotFoundException", message)

    def _routed(self, name: Name, rng: Random) -> str:
        alias = self.aliases(name.name).get(name.qualifier or "")
        if alias is None:
            raise self._unknown(name)
        weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
        drawn = rng.random() if weights else 1.0
        for version, weight in weights.items():
            if drawn < weight:
                return str(version)
            drawn -= weight
        return str(alias.function_version)

    def _read(self, kept: Any, alias: str | None) -> Function:
        version = str(kept.version)
        return Function(
            name=kept.function_name,
            arn=self.arn(kept.function_name),
            version=version,
            alias=alias,
            code=(version, kept.course_revision),
            handler=kept.handler or "",
            runtime=kept.run_time or "",
            memory=int(kept.memory_size),
            timeout=int(kept.timeout) * 1000,
            role=kept.role,
            architecture=kept.architectures[0],
            variables=kept.environment_vars,
            archive=getattr(kept, "code_bytes", b""),
            layers=self._layers(kept),
            logging=kept.course_settings["LoggingConfig"],
            tracing=kept.tracing_config.get("Mode", "PassThrough"),
            restores=_restores(kept, version),
            dead_letters=kept.course_settings["DeadLetterConfig"].get("TargetArn"),
            network=kept._vpc_config or {},
        )

    def _layers(self, kept: Any) -> tuple[bytes, ...]:
        if not kept.layers:
            return ()
        found = [self._backend.layers_versions_by_arn(layer["Arn"]) for layer in kept.layers]
        return tuple(layer.code_bytes for layer in found if layer is not None)


def _restores(kept: Any, version: str) -> bool:
    applies = kept.course_settings["SnapStart"].get("ApplyOn") == "PublishedVersions"
    return applies and version != LATEST
