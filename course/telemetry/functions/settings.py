"""What Lambda accepts as a function's settings, and what it sets where nothing is said.

From botocore's model of CreateFunction and UpdateFunctionConfiguration and the developer guide's
"Lambda quotas", "Lambda runtimes" and "Configuring JSON and plain text log formats". Checked are
what moto lets pass; what moto checks itself (role, layers, architecture) is left to it.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from course.telemetry.errors import RuleError
from course.telemetry.functions.limits import whole

# Runtimes with which functions can no longer be made: "Lambda runtimes", "Deprecated runtimes"; the
# ones whose creation is blocked.
BLOCKED_RUNTIMES = frozenset(
    (
        "nodejs",
        "nodejs4.3",
        "nodejs4.3-edge",
        "nodejs6.10",
        "nodejs8.10",
        "nodejs10.x",
        "nodejs12.x",
        "nodejs14.x",
        "nodejs16.x",
        "python2.7",
        "python3.6",
        "python3.7",
        "python3.8",
        "ruby2.5",
        "ruby2.7",
        "java8",
        "go1.x",
        "dotnetcore1.0",
        "dotnetcore2.0",
        "dotnetcore2.1",
        "dotnetcore3.1",
        "dotnet5.0",
        "dotnet6",
        "provided",
    )
)
LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
SNAP_START_RUNTIMES = ("python3.12", "python3.13", "python3.14", "java", "dotnet8", "dotnet10")


def check(settings: Mapping[str, Any], runtimes: tuple[str, ...]) -> None:
    """RuleError for settings that AWS refuses. runtimes: the names in the service's model."""
    found = _constraints(settings, runtimes)
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise RuleError("ValidationException", count + "; ".join(found))
    _check_runtime(settings)
    _check_variables(settings.get("Environment", {}).get("Variables", {}))
    _check_logging(settings.get("LoggingConfig", {}))
    _check_snap_start(settings)


def _constraints(settings: Mapping[str, Any], runtimes: tuple[str, ...]) -> list[str]:
    found = []
    memory, timeout = settings.get("MemorySize"), settings.get("Timeout")
    runtime = settings.get("Runtime")
    if memory is not None and not whole("memory_min") <= memory <= whole("memory_max"):
        bound = f"{'less' if memory > whole('memory_max') else 'greater'} than or equal to "
        bound += str(whole("memory_max" if memory > whole("memory_max") else "memory_min"))
        found.append(_sentence(memory, "memorySize", f"Member must have value {bound}"))
    if timeout is not None and timeout > whole("timeout_max"):
        bound = f"Member must have value less than or equal to {whole('timeout_max')}"
        found.append(_sentence(timeout, "timeout", bound))
    if runtime is not None and runtime not in runtimes:
        known = f"Member must satisfy enum value set: [{', '.join(runtimes)}]"
        found.append(_sentence(runtime, "runtime", known))
    return found


def _sentence(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _check_runtime(settings: Mapping[str, Any]) -> None:
    runtime = settings.get("Runtime")
    if runtime in BLOCKED_RUNTIMES:
        message = (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating "
            "AWS Lambda functions. We recommend you use a supported runtime while creating or "
            "updating functions."
        )
        raise RuleError("InvalidParameterValueException", message)


def _check_variables(variables: Mapping[str, str]) -> None:
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > whole("environment_size"):
        message = (
            "Lambda was unable to configure your environment variables because the environment "
            f"variables you have provided exceeded the {whole('environment_size') // 1024}KB limit."
        )
        raise RuleError("InvalidParameterValueException", message)
    reserved = sorted(set(variables) & RESERVED_VARIABLES)
    if reserved:
        message = (
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided contains reserved keys that are currently not supported "
            f"for modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
        raise RuleError("InvalidParameterValueException", message)


RESERVED_VARIABLES = frozenset(
    (
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    )
)


def _check_logging(logging: Mapping[str, str]) -> None:
    levels = [name for name in ("ApplicationLogLevel", "SystemLogLevel") if name in logging]
    if levels and logging.get("LogFormat") != "JSON":
        message = "To specify log level filters, LogFormat must be set to JSON."
        raise RuleError("InvalidParameterValueException", message)


def _check_snap_start(settings: Mapping[str, Any]) -> None:
    runtime = settings.get("Runtime") or ""
    if settings.get("SnapStart", {}).get("ApplyOn") != "PublishedVersions" or not runtime:
        return
    if not runtime.startswith(SNAP_START_RUNTIMES):
        message = f"{runtime} is not supported for SnapStart enabled functions."
        raise RuleError("InvalidParameterValueException", message)
    if settings.get("EphemeralStorage", {}).get("Size", 512) > 512:
        message = (
            "SnapStart supports an ephemeral storage (/tmp) size of 512 MB or less: use that size."
        )
        raise RuleError("InvalidParameterValueException", message)


def check_package(archive: bytes) -> None:
    """RuleError for a deployment package that Lambda cannot unpack."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            unzipped = sum(each.file_size for each in opened.infolist())
    except zipfile.BadZipFile:
        message = "Could not unzip uploaded file. Please check your file, then try to upload again."
        raise RuleError("InvalidParameterValueException", message) from None
    if unzipped >= whole("package_unzipped"):
        message = f"Unzipped size must be smaller than {whole('package_unzipped')} bytes"
        raise RuleError("InvalidParameterValueException", message)


def logging_config(function: str, given: Mapping[str, str] | None) -> dict[str, str]:
    """A function's complete LoggingConfig; levels exist in JSON only, and are INFO there."""
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function}", **(given or {})}
    if config["LogFormat"] == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **config}
    return {name: config[name] for name in ("LogFormat", "LogGroup")}
