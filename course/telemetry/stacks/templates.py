"""A CloudFormation template: read from JSON or YAML, its functions resolved, its order found.

Follows the CloudFormation user guide, "Template reference" and "Intrinsic function reference".
Known are Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, Fn::Split, and Fn::If with Fn::Equals,
Fn::Not, Fn::And, Fn::Or and Condition, in both spellings. Other functions, Mappings and Transform
(so SAM templates too) are refused by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml  # type: ignore[import-untyped]

from course.telemetry.errors import NotSupported, RuleError

INVALID = "ValidationError"
# Functions that `Scope` carries out itself.
BUILT_IN = {"Fn::GetAtt", "Fn::If", "Fn::Equals", "Fn::Not", "Fn::And", "Fn::Or"}
SECTIONS = ("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Conditions")
_IN_TEXT = re.compile(r"\$\{(!?)([^}]+)\}")
Template = Mapping[str, Any]


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """YAML with CloudFormation's short forms: !Ref x is {"Ref": x}."""


def _short_form(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    readers = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: lambda each: loader.construct_sequence(each, deep=True),
        yaml.MappingNode: lambda each: loader.construct_mapping(each, deep=True),
    }
    value = readers[type(node)](node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
# A date would become a date, where CloudFormation keeps the text.
_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(body: str) -> Template:
    """A template from its text; RuleError for one that AWS would not take."""
    try:
        found = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)
    except (ValueError, yaml.YAMLError):
        raise RuleError(INVALID, "Template format error: unsupported structure.") from None
    if not isinstance(found, dict):
        raise RuleError(INVALID, "Template format error: unsupported structure.")
    _check(found)
    return found


def _check(template: Mapping[str, Any]) -> None:
    if "Transform" in template:
        raise NotSupported("Transform", "Write the resources out, without macros or SAM.")
    if "Mappings" in template:
        raise NotSupported("Mappings", "Use parameters.")
    unknown = sorted(set(template) - {*SECTIONS, "Resources", "Outputs"})
    if unknown:
        raise RuleError(INVALID, f"Invalid template property or properties [{', '.join(unknown)}]")
    resources = template.get("Resources")
    if not resources:
        message = "Template format error: At least one Resources member must be defined."
        raise RuleError(INVALID, message)
    for name, resource in resources.items():
        if not isinstance(resource, dict) or "Type" not in resource:
            raise RuleError(
                INVALID, f"Template format error: [/Resources/{name}] Every Resources object must "
                "contain a Type member."
            )  # fmt: skip
    for function in sorted(_functions(template) - set(FUNCTIONS) - BUILT_IN):
        raise NotSupported(f"The function {function}", "Write the value out, or use a parameter.")
    missing = sorted(_mentioned(template) - _known(template))
    if missing:
        raise RuleError(
            INVALID,
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in "
            "the Resources block of the template",
        )


def _functions(value: Any) -> set[str]:
    """Every function that a part of a template uses."""
    parts = value if isinstance(value, list) else []
    found: set[str] = set()
    if isinstance(value, Mapping):
        found = {key for key in value if str(key).startswith("Fn::")}
        parts = list(value.values())
    return found.union(*(_functions(each) for each in parts))


def _known(template: Template) -> set[str]:
    return {*template["Resources"], *template.get("Parameters", {})}


def _mentioned(template: Template) -> set[str]:
    return {name for each in template["Resources"].values() for name in mentions(each)}


def mentions(value: Any) -> set[str]:
    """Parameters and resources that a part of a template refers to."""
    return {name for name in _names_in(value) if not name.startswith("AWS::")}


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _names_in(each)
    elif isinstance(value, Mapping):
        depends = value.get("DependsOn", [])
        yield from [depends] if isinstance(depends, str) else depends
        for key, each in value.items():
            yield from _names_of(key, each)


def _names_of(key: str, value: Any) -> Iterator[str]:
    if key == "Ref":
        yield value
    elif key == "Fn::GetAtt":
        yield (value.split(".") if isinstance(value, str) else value)[0]
    elif key == "Fn::Sub":
        text, own = value if isinstance(value, list) else (value, {})
        yield from (
            name.split(".")[0]
            for escaped, name in _IN_TEXT.findall(text)
            if not escaped and name not in own
        )
        yield from _names_in(own)
    elif key != "DependsOn":
        yield from _names_in(value)


def dependencies(template: Template) -> dict[str, set[str]]:
    """For each resource, those that must be there first; RuleError if they go round in a circle."""
    resources = template["Resources"]
    found = {name: mentions(each) & set(resources) - {name} for name, each in resources.items()}
    done: set[str] = set()
    while waiting := set(found) - done:
        ready = {name for name in waiting if found[name] <= done}
        if not ready:
            listed = ", ".join(name for name in found if name in waiting)
            raise RuleError(INVALID, f"Circular dependency between resources: [{listed}]")
        done |= ready
    return found


@dataclass
class Scope:
    """What a template's functions refer to.

    values: of Ref, for parameters, pseudo parameters and resources; attribute: of Fn::GetAtt, by
    resource and name; conditions: the template's.
    """

    values: dict[str, Any]
    attribute: Callable[[str, str], Any]
    conditions: Mapping[str, Any] = field(default_factory=dict)

    def resolved(self, value: Any) -> Any:
        """A part of a template with its functions carried out."""
        if isinstance(value, list):
            return [each for item in value if (each := self.resolved(item)) is not NOTHING]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            key, argument = next(iter(value.items()))
            if key == "Ref" or key.startswith("Fn::"):
                return self._function(key, argument)
        pairs = {key: self.resolved(each) for key, each in value.items()}
        return {key: each for key, each in pairs.items() if each is not NOTHING}

    def holds(self, condition: Any) -> bool:
        """Whether a condition of the template, or one by name, holds."""
        if isinstance(condition, str):
            return self.holds(self.conditions[condition])
        key, argument = next(iter(condition.items()))
        if key == "Condition":
            return self.holds(argument)
        if key == "Fn::Equals":
            left, right = self.resolved(argument)
            return bool(str(left) == str(right))
        held = [self.holds(each) for each in argument]
        return {"Fn::And": all(held), "Fn::Or": any(held), "Fn::Not": not any(held)}[key]

    def _function(self, key: str, argument: Any) -> Any:
        if key == "Ref":
            return NOTHING if argument == "AWS::NoValue" else self.values[argument]
        if key == "Fn::GetAtt":
            path = argument if isinstance(argument, str) else ".".join(argument)
            name, _, attribute = path.partition(".")
            return self.attribute(name, attribute)
        if key == "Fn::If":
            name, yes, no = argument
            return self.resolved(yes if self.holds(name) else no)
        return FUNCTIONS[key](self, argument)

    def substituted(self, argument: Any) -> str:
        """Fn::Sub: a text with ${Name}, ${Name.Attribute} and ${!literal}."""
        text, own = argument if isinstance(argument, list) else (argument, {})
        mine = self.resolved(own)

        def value(match: re.Match[str]) -> str:
            escaped, name = match.groups()
            if escaped:
                return f"${{{name}}}"
            if name in mine:
                return str(mine[name])
            resource, dot, attribute = name.partition(".")
            return str(self.attribute(resource, attribute) if dot else self.values[name])

        return _IN_TEXT.sub(value, text)


class _Nothing:
    """AWS::NoValue: the property is left out."""


NOTHING = _Nothing()


def _join(scope: Scope, argument: Any) -> str:
    separator, parts = argument
    return str(separator).join(str(each) for each in scope.resolved(parts))


def _select(scope: Scope, argument: Any) -> Any:
    place, parts = argument
    return scope.resolved(parts)[int(scope.resolved(place))]


def _split(scope: Scope, argument: Any) -> list[str]:
    separator, text = argument
    return str(scope.resolved(text)).split(separator)


FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Fn::Sub": Scope.substituted,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
}


def parameters(template: Template, given: Mapping[str, str]) -> dict[str, Any]:
    """The values of a template's parameters; RuleError for one without, or one too many."""
    declared = template.get("Parameters", {})
    unknown = sorted(set(given) - set(declared))
    if unknown:
        listed = ", ".join(unknown)
        raise RuleError(INVALID, f"Parameters: [{listed}] do not exist in the template")
    values = {name: given.get(name, each.get("Default")) for name, each in declared.items()}
    missing = [name for name, value in values.items() if value is None]
    if missing:
        raise RuleError(INVALID, f"Parameters: [{', '.join(missing)}] must have values")
    for name, each in declared.items():
        _check_value(name, each, values[name])
        if each.get("Type") == "CommaDelimitedList":
            values[name] = str(values[name]).split(",")
    return values


def _check_value(name: str, declared: Mapping[str, Any], value: Any) -> None:
    allowed = declared.get("AllowedValues")
    if allowed and str(value) not in [str(each) for each in allowed]:
        listed = ", ".join(str(each) for each in allowed)
        raise RuleError(INVALID, f"Parameter '{name}' must be one of AllowedValues [{listed}]")
