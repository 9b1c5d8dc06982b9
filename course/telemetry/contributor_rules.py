"""What a Contributor Insights rule definition may say.

Follows the CloudWatch User Guide, "Contributor Insights rule syntax in CloudWatch", and the API
reference, InsightRule.Definition (at most 8192 ASCII characters).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.jsonpath import compile_path

CODE = "InvalidParameterValue"
MAX_LENGTH = 8192
MAX_KEYS = 4
MAX_FILTERS = 4
MAX_LISTED = 10
ListOperators = ("In", "NotIn", "StartsWith")
NumberOperators = ("GreaterThan", "LessThan", "EqualTo", "NotEqualTo")
Operators = (*ListOperators, *NumberOperators, "IsPresent")
_MEMBERS = ("Schema", "LogGroupNames", "LogFormat", "Fields", "Contribution", "AggregateOn")


def validate(definition: str | Mapping[str, Any]) -> dict[str, Any]:
    """The definition as a dict; `RuleError` (InvalidParameterValue) in one sentence otherwise."""
    rule = _read(definition)
    if "LogGroupARNs" in rule:
        raise NotSupported("LogGroupARNs in a Contributor Insights rule", "Use LogGroupNames.")
    for key in rule:
        _require(key in _MEMBERS, f"{key} is not a field of a rule ({', '.join(_MEMBERS)})")
    schema = {"Name": "CloudWatchLogRule", "Version": 1}
    _require(rule.get("Schema") == schema, f"Schema must be {json.dumps(schema)}")
    groups = rule.get("LogGroupNames")
    _require(_texts(groups), "LogGroupNames must be an array of at least one name")
    _require(rule.get("LogFormat") in ("JSON", "CLF"), "LogFormat must be JSON or CLF")
    _require(rule.get("AggregateOn") in ("Count", "Sum"), "AggregateOn must be Count or Sum")
    _check_fields(rule)
    contribution = rule.get("Contribution")
    _require(isinstance(contribution, dict), "Contribution must be an object with Keys")
    _check_contribution(dict(contribution or {}), rule)
    return rule


def _read(definition: str | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(definition, str):
        return dict(definition)
    _require(
        len(definition) <= MAX_LENGTH and definition.isascii(),
        f"A rule definition has at most {MAX_LENGTH} ASCII characters",
    )
    try:
        rule = json.loads(definition)
    except ValueError as mistake:
        raise RuleError(CODE, f"The rule definition is not JSON: {mistake}") from None
    _require(isinstance(rule, dict), "The rule definition must be a JSON object")
    return dict(rule)


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise RuleError(CODE, message)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) and v for v in value)


def _check_fields(rule: Mapping[str, Any]) -> None:
    fields = rule.get("Fields", {})
    _require(not fields or rule["LogFormat"] == "CLF", "Fields names the columns of CLF logs only")
    _require(
        isinstance(fields, dict)
        and all(k.isdigit() and int(k) > 0 and isinstance(v, str) for k, v in fields.items()),
        'Fields must name columns by their place from 1, as in {"4": "IpAddress"}',
    )


def _check_contribution(contribution: Mapping[str, Any], rule: Mapping[str, Any]) -> None:
    for key in contribution:
        _require(key in ("Keys", "ValueOf", "Filters"), f"Contribution has no field {key}")
    keys = contribution.get("Keys")
    _require(
        _texts(keys) and len(keys or ()) <= MAX_KEYS,
        f"Keys must be an array of 1 to {MAX_KEYS} fields",
    )
    for key in keys or ():
        _check_field(key, rule, "Keys")
    summed, value_of = rule["AggregateOn"] == "Sum", contribution.get("ValueOf")
    _require(
        summed == (value_of is not None), "ValueOf belongs to AggregateOn Sum, and Sum needs it"
    )
    if value_of is not None:
        _check_field(value_of, rule, "ValueOf")
    filters = contribution.get("Filters", [])
    _require(
        isinstance(filters, list) and len(filters) <= MAX_FILTERS,
        f"Filters must be an array of at most {MAX_FILTERS}",
    )
    for number, each in enumerate(filters):
        _check_filter(each, rule, f"Filters[{number}]")


def _check_field(field: Any, rule: Mapping[str, Any], where: str) -> None:
    if rule["LogFormat"] == "JSON":
        known = isinstance(field, str) and compile_path(field) is not None
        _require(known, f"{where}: {field!r} must be a JSON property such as $.ip")
        return
    names = rule.get("Fields", {}).values()
    _require(
        isinstance(field, str) and (field in names or field.isdigit()),
        f'{where}: {field!r} must be a place such as "4" or a name given in Fields',
    )


def _check_filter(given: Any, rule: Mapping[str, Any], where: str) -> None:
    _require(isinstance(given, dict) and "Match" in given, f"{where} must be an object with Match")
    _check_field(given["Match"], rule, f"{where}.Match")
    kinds = [key for key in given if key != "Match"]
    _require(
        len(kinds) == 1 and kinds[0] in Operators,
        f"{where} needs exactly one of {', '.join(Operators)}",
    )
    kind, wanted = kinds[0], given[kinds[0]]
    if kind in ListOperators:
        message = f"{where}.{kind} must be an array of 1 to {MAX_LISTED} texts"
        _require(_texts(wanted) and len(wanted) <= MAX_LISTED, message)
    elif kind == "IsPresent":
        _require(isinstance(wanted, bool), f"{where}.IsPresent must be true or false")
    else:
        numeric = isinstance(wanted, int | float) and not isinstance(wanted, bool)
        _require(numeric, f"{where}.{kind} must be a number")
