"""Settings for asynchronous invocation: PutFunctionEventInvokeConfig and its neighbours.

"Configuring error handling settings for asynchronous invocation" and the API reference: function,
version and alias have settings of their own; Put replaces all of them, Update the ones that it
names. moto keeps the first settings that it was given, for all qualifiers alike. Not checked:
whether the execution role may send to the destination.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.account.clock import utc
from course.account.errors import AwsError
from course.account.functions.configured import LATEST, Function, parse
from course.account.functions.runtime import Functions
from course.account.region import Region

Parameters = dict[str, Any]
Settings = dict[str, Any]
NAMES = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


def settings_of(lambdas: Functions, function: Function) -> Settings:
    """What was set for the function as it was called; empty where nothing was."""
    found = lambdas.catalogue.latest(function.name)
    return {} if found is None else _kept(found).get(function.alias or function.version, {})


def put_function_event_invoke_config(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kept, qualifier, arn = _place(region, parameters)
    kept[qualifier] = _given(region, parameters)
    return _described(arn, qualifier, kept[qualifier])


def update_function_event_invoke_config(
    region: Region, parameters: Parameters
) -> Mapping[str, Any]:
    kept, qualifier, arn = _place(region, parameters)
    before = _existing(kept, qualifier, arn)
    kept[qualifier] = {**before, **_given(region, parameters)}
    return _described(arn, qualifier, kept[qualifier])


def get_function_event_invoke_config(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kept, qualifier, arn = _place(region, parameters)
    return _described(arn, qualifier, _existing(kept, qualifier, arn))


def delete_function_event_invoke_config(region: Region, parameters: Parameters) -> None:
    kept, qualifier, arn = _place(region, parameters)
    _existing(kept, qualifier, arn)
    del kept[qualifier]


def list_function_event_invoke_configs(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    kept, _, arn = _place(region, parameters)
    listed = [_described(arn, qualifier, settings) for qualifier, settings in kept.items()]
    return {"FunctionEventInvokeConfigs": listed}


def _kept(function: Any) -> dict[str, Settings]:
    """The settings of one of moto's functions, by qualifier; they go when it is deleted."""
    found: dict[str, Settings] = function.__dict__.setdefault("course_event_invoke", {})
    return found


def _place(region: Region, parameters: Parameters) -> tuple[dict[str, Settings], str, str]:
    """All settings of the function, the qualifier that is meant, and the function's ARN."""
    lambdas = region.part(Functions)
    name = parse(region, parameters["FunctionName"], parameters.get("Qualifier"))
    function = lambdas.catalogue.find(name, lambdas.rng)
    kept = _kept(lambdas.catalogue.latest(function.name))
    return kept, name.qualifier or LATEST, function.arn


def _given(region: Region, parameters: Parameters) -> Settings:
    found = {name: parameters[name] for name in NAMES if parameters.get(name) is not None}
    return {**found, "LastModified": utc(region.now)}


def _existing(kept: Mapping[str, Settings], qualifier: str, arn: str) -> Settings:
    if qualifier not in kept:
        message = f"The function {arn}:{qualifier} doesn't have an EventInvokeConfig"
        raise AwsError("ResourceNotFoundException", message, Type="User")
    return kept[qualifier]


def _described(arn: str, qualifier: str, settings: Settings) -> dict[str, Any]:
    destinations = {"OnSuccess": {}, "OnFailure": {}, **settings.get("DestinationConfig", {})}
    return {**settings, "FunctionArn": f"{arn}:{qualifier}", "DestinationConfig": destinations}
