"""The control plane: what is added to moto's functions, which keep names, versions and settings.

Settings that moto drops are kept beside its own (LoggingConfig, DeadLetterConfig, SnapStart, and
TracingConfig of an update) and frozen with each version; what AWS would refuse is refused; a
version gets the next number also where earlier ones are missing; every change makes a new
revision, which is what tells execution environments of old code from those of new code.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from typing import Any

from moto.awslambda import models
from moto.awslambda.exceptions import LambdaClientError
from moto.core.utils import get_service_model

from course.account.functions import networks
from course.telemetry.errors import RuleError
from course.telemetry.functions import settings

Replace = Callable[[Any, str, Any], None]
KEPT = ("LoggingConfig", "DeadLetterConfig", "SnapStart")
_revisions = itertools.count(1)


def mend(replace: Replace, run: Callable[[Any, Any], Any]) -> None:
    """Replace what must be; `run` is called for every way in which moto runs a function."""
    function, storage = models.LambdaFunction, models.LambdaStorage
    replace(function, "__init__", _making(function.__init__))
    replace(function, "get_configuration", _describing(function.get_configuration))
    replace(function, "get_code", _reserving(function.get_code))
    replace(function, "update_configuration", _configuring(function.update_configuration))
    replace(function, "update_function_code", _coding(function.update_function_code))
    replace(storage, "publish_version", _publishing(storage.publish_version))
    replace(function, "_invoke_lambda", run)


def _checked(check: Callable[[], object]) -> None:
    try:
        check()
    except RuleError as error:
        raise LambdaClientError(error.code, error.message) from None


@lru_cache(maxsize=1)
def _runtimes() -> tuple[str, ...]:
    return tuple(get_service_model("lambda").shape_for("Runtime").enum)


def _check_package(spec: Mapping[str, Any]) -> None:
    archive = spec.get("ZipFile")
    if archive is not None:
        content = base64.b64decode(archive) if isinstance(archive, (str, bytes)) else archive
        _checked(lambda: settings.check_package(content))


def _check_network(account: str, region: str, spec: Mapping[str, Any]) -> None:
    network = spec.get("VpcConfig") or {}
    if network.get("SubnetIds"):
        _checked(lambda: networks.vpc_of(account, region, network))


def _making(original: Any) -> Any:
    @wraps(original)
    def __init__(self: Any, account_id: str, spec: dict[str, Any], *rest: Any, **more: Any) -> None:
        _checked(lambda: settings.check(spec, _runtimes()))
        _check_package(spec["Code"])
        _check_network(account_id, rest[0] if rest else more["region"], spec)
        name = spec["FunctionName"]
        self.course_revision = next(_revisions)
        self.course_settings = {
            "LoggingConfig": settings.logging_config(name, spec.get("LoggingConfig")),
            "DeadLetterConfig": spec.get("DeadLetterConfig") or {},
            "SnapStart": spec.get("SnapStart") or {"ApplyOn": "None"},
        }
        original(self, account_id, spec, *rest, **more)

    return __init__


def _describing(original: Any) -> Any:
    @wraps(original)
    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        config = original(self, on_create)
        applies = self.course_settings["SnapStart"]["ApplyOn"]
        published = applies == "PublishedVersions" and str(self.version) != "$LATEST"
        config["SnapStart"] = {
            "ApplyOn": applies,
            "OptimizationStatus": "On" if published else "Off",
        }
        config["LoggingConfig"] = self.course_settings["LoggingConfig"]
        if (config.get("VpcConfig") or {}).get("SubnetIds"):
            network = config["VpcConfig"]
            network["VpcId"] = networks.vpc_of(self.account_id, self.region, network)
        if self.course_settings["DeadLetterConfig"]:
            config["DeadLetterConfig"] = self.course_settings["DeadLetterConfig"]
        return config

    return get_configuration


def _reserving(original: Any) -> Any:
    @wraps(original)
    def get_code(self: Any) -> dict[str, Any]:
        """GetFunction shows a reservation of 0 as well."""
        kept = self.reserved_concurrency
        shown = {} if kept is None else {"Concurrency": {"ReservedConcurrentExecutions": kept}}
        return {**original(self), **shown}

    return get_code


def _configuring(original: Any) -> Any:
    @wraps(original)
    def update_configuration(self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
        logging = config_updates.get("LoggingConfig")
        if logging is not None:
            logging = {"LogGroup": self.course_settings["LoggingConfig"]["LogGroup"], **logging}
        _checked(lambda: settings.check({"Runtime": self.run_time, **config_updates}, _runtimes()))
        _check_network(self.account_id, self.region, config_updates)
        changed = {name: config_updates[name] for name in KEPT if name in config_updates}
        if logging is not None:
            changed["LoggingConfig"] = settings.logging_config(self.function_name, logging)
        self.course_settings = {**self.course_settings, **changed}
        if "TracingConfig" in config_updates:
            self.tracing_config = config_updates["TracingConfig"]
        if "EphemeralStorage" in config_updates:
            self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
        self.course_revision = next(_revisions)
        original(self, config_updates)
        return self.get_configuration()

    return update_configuration


def _coding(original: Any) -> Any:
    @wraps(original)
    def update_function_code(self: Any, updated_spec: dict[str, Any]) -> dict[str, Any]:
        _check_package(updated_spec)
        if not updated_spec.get("DryRun"):
            self.course_revision = next(_revisions)
        return original(self, updated_spec)

    return update_function_code


def _publishing(original: Any) -> Any:
    @wraps(original)
    def publish_version(self: Any, name_or_arn: str, description: str = "") -> Any:
        group = self._functions.get(self.split_function_arn(name_or_arn)[1], {"versions": []})
        before = list(group["versions"])
        found = original(self, name_or_arn, description)
        if before and found is not None and found not in before:
            found.set_version(1 + max(int(each.version) for each in before))
            self._arns[found.function_arn] = found
        return found

    return publish_version
