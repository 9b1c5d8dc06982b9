"""Event selectors: which events a trail logs. Basic and advanced ones, checked and applied.

Follows PutEventSelectors and the types EventSelector, DataResource, AdvancedEventSelector and
AdvancedFieldSelector of the CloudTrail API reference. A trail without selectors logs every
management event and nothing else. An event is logged when it matches any selector; it matches an
advanced selector when it matches each of its fields. Left out: network activity events and the
selectors of event data stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from course.telemetry.errors import RuleError
from course.telemetry.trail.kinds import data_resource_types
from course.telemetry.trail.records import is_management

Selector = Mapping[str, Any]
INVALID = "InvalidEventSelectorsException"
DEFAULT: list[dict[str, Any]] = [
    {
        "ReadWriteType": "All",
        "IncludeManagementEvents": True,
        "DataResources": [],
        "ExcludeManagementEventSources": [],
    }
]
BASIC_TYPES = ("AWS::S3::Object", "AWS::Lambda::Function", "AWS::DynamoDB::Table")
EXCLUDABLE = ("kms.amazonaws.com", "rdsdata.amazonaws.com")
MOST_SELECTORS, MOST_RESOURCES, MOST_VALUES = 5, 250, 500
FIELDS = {
    "Management": (
        "eventCategory",
        "eventSource",
        "readOnly",
        "eventName",
        "eventType",
        "sessionCredentialFromConsole",
        "userIdentity.arn",
    ),
    "Data": (
        "eventCategory",
        "eventSource",
        "eventName",
        "eventType",
        "readOnly",
        "resources.type",
        "resources.ARN",
        "sessionCredentialFromConsole",
        "userIdentity.arn",
    ),
}
EQUALS_ONLY = ("readOnly", "eventCategory", "resources.type")
OPERATORS: dict[str, Callable[[str, Sequence[str]], bool]] = {
    "Equals": lambda value, given: value in given,
    "StartsWith": lambda value, given: value.startswith(tuple(given)),
    "EndsWith": lambda value, given: value.endswith(tuple(given)),
    "NotEquals": lambda value, given: value not in given,
    "NotStartsWith": lambda value, given: not value.startswith(tuple(given)),
    "NotEndsWith": lambda value, given: not value.endswith(tuple(given)),
}


def is_default(basic: Sequence[Selector], advanced: Sequence[Selector]) -> bool:
    """Whether a trail has no selectors of its own."""
    return not advanced and list(basic) in ([], DEFAULT)


def logs(
    record: Mapping[str, Any], basic: Sequence[Selector], advanced: Sequence[Selector]
) -> bool:
    """Whether a trail with these selectors logs an event."""
    if advanced:
        return any(_advanced(record, selector) for selector in advanced)
    return any(_basic(record, selector) for selector in basic or DEFAULT)


def _basic(record: Mapping[str, Any], selector: Selector) -> bool:
    wanted = selector.get("ReadWriteType", "All")
    if wanted != "All" and (wanted == "ReadOnly") != bool(record.get("readOnly")):
        return False
    if is_management(record):
        excluded = selector.get("ExcludeManagementEventSources") or ()
        return bool(selector.get("IncludeManagementEvents", True)) and (
            record["eventSource"] not in excluded
        )
    return any(_covers(resource, record) for resource in selector.get("DataResources") or ())


def _covers(resource: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a DataResource covers a data event: S3 by prefix, the others exactly or wholly."""
    for each in record.get("resources", ()):
        if each.get("type") != resource["Type"]:
            continue
        arn = each.get("ARN", "")
        for value in resource.get("Values") or ():
            whole = value.count(":") < 3
            exactly = resource["Type"] != "AWS::S3::Object" and not whole
            if arn == value or (not exactly and arn.startswith(value)):
                return True
    return False


def _advanced(record: Mapping[str, Any], selector: Selector) -> bool:
    return all(_field(record, field) for field in selector["FieldSelectors"])


def _field(record: Mapping[str, Any], field: Mapping[str, Any]) -> bool:
    values = _values(record, field["Field"])
    return all(
        any(OPERATORS[operator](value, given) for value in values)
        for operator, given in field.items()
        if operator in OPERATORS and given
    )


def _values(record: Mapping[str, Any], field: str) -> list[str]:
    if field == "eventCategory":
        return [str(record.get("eventCategory", "Management"))]
    if field.startswith("resources."):
        member = field.partition(".")[2]
        found = [each.get(member) for each in record.get("resources", ())]
        return [str(value) for value in found if value is not None] or [""]
    if field == "userIdentity.arn":
        return [str((record.get("userIdentity") or {}).get("arn", ""))]
    value = record.get(field, "")
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def check(basic: Sequence[Selector], advanced: Sequence[Selector]) -> None:
    """Raise InvalidEventSelectorsException for what AWS does not take."""
    if bool(basic) == bool(advanced):
        _refuse("Specify either EventSelectors or AdvancedEventSelectors, and not both.")
    if len(basic) > MOST_SELECTORS:
        _refuse(f"A trail can have at most {MOST_SELECTORS} event selectors.")
    if sum(_count(each) for each in basic) > MOST_RESOURCES:
        _refuse(f"A trail can have at most {MOST_RESOURCES} data resources.")
    for selector in basic:
        _check_basic(selector)
    _check_values(advanced)
    for selector in advanced:
        _check_advanced(selector)


def _count(selector: Selector) -> int:
    return sum(len(each.get("Values") or ()) for each in selector.get("DataResources") or ())


def _check_basic(selector: Selector) -> None:
    for resource in selector.get("DataResources") or ():
        if resource.get("Type") not in BASIC_TYPES:
            _refuse(
                f"The resource type {resource.get('Type')} needs advanced event selectors; event "
                f"selectors take {', '.join(BASIC_TYPES)}."
            )
        for value in resource.get("Values") or ():
            _check_value(resource["Type"], value)
    for source in selector.get("ExcludeManagementEventSources") or ():
        if source not in EXCLUDABLE:
            _refuse(f"The management events of {source} cannot be excluded.")


def _check_value(kind: str, value: str) -> None:
    service = {"AWS::S3::Object": "s3", "AWS::Lambda::Function": "lambda"}.get(kind, "dynamodb")
    parts = value.split(":")
    if parts[0] != "arn" or len(parts) < 3 or parts[2] != service:
        _refuse(f"Value {value} for DataResources.Values is invalid for the type {kind}.")
    if kind == "AWS::S3::Object" and len(parts) > 3 and "/" not in value:
        _refuse(f"Value {value} for DataResources.Values is invalid: end a bucket's ARN with /.")


def _check_values(advanced: Sequence[Selector]) -> None:
    count = sum(
        len(given or ())
        for selector in advanced
        for field in selector["FieldSelectors"]
        for operator, given in field.items()
        if operator in OPERATORS
    )
    if count > MOST_VALUES:
        _refuse(f"Advanced event selectors can have at most {MOST_VALUES} values in all.")


def _check_advanced(selector: Selector) -> None:
    fields = {field["Field"]: field for field in selector["FieldSelectors"]}
    if len(fields) < len(selector["FieldSelectors"]):
        _refuse("A field can be used once in an advanced event selector.")
    category = _only(fields, "eventCategory")
    if category not in FIELDS:
        _refuse("eventCategory must be set, with Equals, to one of Management and Data.")
    for name, field in fields.items():
        _check_field(name, field, str(category))
    if category == "Data" and _only(fields, "resources.type") not in data_resource_types():
        _refuse(
            "A data event selector needs resources.type, with Equals, set to one of: "
            + ", ".join(sorted(data_resource_types()))
        )


def _only(fields: Mapping[str, Mapping[str, Any]], name: str) -> str | None:
    given: Sequence[str] = fields.get(name, {}).get("Equals") or []
    return str(given[0]) if len(given) == 1 else None


def _check_field(name: str, field: Mapping[str, Any], category: str) -> None:
    if name not in FIELDS[category]:
        _refuse(f"The field {name} cannot be used for {category} events.")
    used = [operator for operator in OPERATORS if field.get(operator)]
    if not used:
        _refuse(f"The field {name} has no operator.")
    if name in EQUALS_ONLY and used != ["Equals"]:
        _refuse(f"The field {name} takes the operator Equals only.")
    if name == "readOnly" and not set(field["Equals"]) <= {"true", "false"}:
        _refuse("readOnly takes the values true and false.")


def _refuse(message: str) -> None:
    raise RuleError(INVALID, message)


def has_data(basic: Sequence[Selector], advanced: Sequence[Selector]) -> bool:
    """Whether any data event can be logged."""
    chosen = any(selector.get("DataResources") for selector in basic)
    fields = [field for selector in advanced for field in selector["FieldSelectors"]]
    categories = [field["Equals"] for field in fields if field["Field"] == "eventCategory"]
    return chosen or ["Data"] in categories


def management_only(basic: Sequence[Selector], advanced: Sequence[Selector]) -> dict[str, bool]:
    """Whether read and write management events are logged at all: Insights needs them."""
    return {kind: _logs_some(kind, basic, advanced) for kind in ("read", "write")}


def _logs_some(kind: str, basic: Sequence[Selector], advanced: Iterable[Selector]) -> bool:
    probe = {
        "eventCategory": "Management",
        "readOnly": kind == "read",
        "eventSource": "",
        "eventName": "",
        "eventType": "AwsApiCall",
    }
    return logs(probe, basic, list(advanced))
