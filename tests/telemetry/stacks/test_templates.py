"""Templates: both spellings read alike, functions are carried out, dependencies come first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.stacks import templates
from course.telemetry.stacks.templates import NOTHING, Scope

YAML = """
Resources:
  A: {Type: T, Properties: {Name: !Sub "${Stage}-a", When: 2026-01-01}}
  B:
    Type: T
    Properties: {Of: !GetAtt A.Arn, Both: !Join ["/", [!Ref A, x]]}
Parameters: {Stage: {Type: String}}
"""
JSON = {
    "Resources": {
        "A": {"Type": "T", "Properties": {"Name": {"Fn::Sub": "${Stage}-a"}, "When": "2026-01-01"}},
        "B": {
            "Type": "T",
            "Properties": {
                "Of": {"Fn::GetAtt": ["A", "Arn"]},
                "Both": {"Fn::Join": ["/", [{"Ref": "A"}, "x"]]},
            },
        },
    },
    "Parameters": {"Stage": {"Type": "String"}},
}


def scope(**conditions: Any) -> Scope:
    values = {"Stage": "live", "A": "a-1", "List": ["x", "y"]}
    return Scope(values, lambda name, attribute: f"{name}.{attribute}", conditions)


def test_short_forms_are_the_long_ones() -> None:
    assert templates.read(YAML) == JSON
    assert templates.read(json.dumps(JSON)) == JSON


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ({"Ref": "Stage"}, "live"),
        ({"Fn::GetAtt": ["A", "Arn"]}, "A.Arn"),
        ({"Fn::GetAtt": "A.Outputs.X"}, "A.Outputs.X"),
        ({"Fn::Sub": "${Stage}-${A.Arn}-${!Kept}"}, "live-A.Arn-${Kept}"),
        ({"Fn::Sub": ["${Own}-${Stage}", {"Own": {"Ref": "A"}}]}, "a-1-live"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}]]}, "a-live"),
        ({"Fn::Select": [1, {"Ref": "List"}]}, "y"),
        ({"Fn::Split": [",", "a,b"]}, ["a", "b"]),
        ({"Fn::If": ["Live", 1, 2]}, 1),
        ({"Fn::If": ["Not", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Ref": "AWS::NoValue"}, NOTHING),
        ({"Keep": 1, "Drop": {"Ref": "AWS::NoValue"}}, {"Keep": 1}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
    ],
)
def test_functions(written: Any, value: Any) -> None:
    live = {"Fn::Equals": [{"Ref": "Stage"}, "live"]}
    named = {"Condition": "Live"}
    conditions = {
        "Live": live,
        "Not": {"Fn::Not": [named]},
        "Either": {"Fn::Or": [named, {"Condition": "Not"}]},
        "Both": {"Fn::And": [named, {"Condition": "Not"}]},
    }
    assert scope(**conditions).resolved(written) == value


def test_what_is_not_carried_out_says_so() -> None:
    resource = {"Type": "T", "Properties": {"N": {"Fn::ImportValue": "x"}}}
    with pytest.raises(NotSupported, match="Fn::ImportValue"):
        templates.read(json.dumps({"Resources": {"A": resource}}))
    with pytest.raises(NotSupported, match="Mappings"):
        templates.read(json.dumps({"Mappings": {}, "Resources": {"A": {"Type": "T"}}}))


def test_parameters_have_values_of_those_allowed() -> None:
    template = {"Parameters": {"S": {"Default": "a", "AllowedValues": ["a", "b"]},
                               "L": {"Type": "CommaDelimitedList", "Default": "1,2"}}}  # fmt: skip
    assert templates.parameters(template, {"S": "b"}) == {"S": "b", "L": ["1", "2"]}
    with pytest.raises(RuleError, match="AllowedValues \\[a, b\\]"):
        templates.parameters(template, {"S": "c"})
    with pytest.raises(RuleError, match="\\[X\\] do not exist"):
        templates.parameters(template, {"X": "c"})


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=12))
def test_there_is_an_order_unless_there_is_a_circle(edges: list[tuple[int, int]]) -> None:
    """Edges from lower to higher make no circle; one more, turned round, does, and is told."""
    names = [f"R{n}" for n in range(8)]
    resources: dict[str, Any] = {name: {"Type": "T", "DependsOn": []} for name in names}
    for low, high in edges:
        if low < high:
            resources[names[high]]["DependsOn"].append(names[low])
    found = templates.dependencies({"Resources": resources})
    assert all(names.index(need) < names.index(name) for name in found for need in found[name])
    if found["R7"]:
        first = sorted(found["R7"])[0]
        resources[first]["DependsOn"].append("R7")
        with pytest.raises(RuleError, match="Circular dependency"):
            templates.dependencies({"Resources": resources})
