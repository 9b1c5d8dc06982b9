"""The AlarmRule of a composite alarm: which states of other alarms ring it.

Follows the CloudWatch User Guide, "Composite alarms", and the API reference of PutCompositeAlarm:
ALARM, OK and INSUFFICIENT_DATA of an alarm's name or ARN, TRUE, FALSE, AND, OR, NOT, parentheses,
AT_LEAST(M or M%, state, (alarms)). NOT binds tightest, then AND, then OR. Functions and operators
are upper case; TRUE and FALSE in any. A percentage is of the alarms listed; it needs no rounding.

Left out: action suppression, which belongs to the alarm and not to its rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from lark import Lark
from lark.lexer import Token

from course.telemetry.errors import RuleError
from course.telemetry.grammar import Language, Node

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
MAX_LENGTH = 10_240
MAX_CHILDREN = 100
MAX_ELEMENTS = 500

_LANGUAGE = Language(
    name="AlarmRule",
    code="ValidationError",
    grammar=r"""
        ?start: either
        ?either: both ("OR" both)*
        ?both: negated ("AND" negated)*
        ?negated: "NOT" negated -> negation
            | "(" either ")"
            | TRUTH -> constant
            | STATE "(" ref ")" -> alarm_is
            | "AT_LEAST" "(" LEAST "," [WITHOUT] STATE "," "(" ref ("," ref)* ")" ")" -> at_least
        ref: QUOTED | BARE
        STATE: "ALARM" | "OK" | "INSUFFICIENT_DATA"
        WITHOUT.2: "NOT"
        TRUTH: /TRUE|FALSE/i
        LEAST: /\d+%?/
        QUOTED: /"(\\.|[^"\\])+"/
        BARE: /[^\s(),"]+/
        %ignore /\s+/
    """,
    words={
        "OR": "OR",
        "AND": "AND",
        "NOT": "NOT",
        "WITHOUT": "NOT",
        "LPAR": "'('",
        "RPAR": "')'",
        "COMMA": "','",
        "STATE": "ALARM(...), OK(...) or INSUFFICIENT_DATA(...)",
        "TRUTH": "TRUE or FALSE",
        "AT_LEAST": "AT_LEAST(...)",
        "LEAST": "a number or a percentage",
        "QUOTED": "an alarm's name",
        "BARE": "an alarm's name",
        "$END": "the end",
    },
)


@dataclass(frozen=True)
class Constant:
    value: bool


@dataclass(frozen=True)
class Is:
    """True while the alarm `name` (a name or an ARN) is in `state`."""

    state: str
    name: str


@dataclass(frozen=True)
class Not:
    rule: Rule


@dataclass(frozen=True)
class And:
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Or:
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class AtLeast:
    """True while enough of the alarms are (or, negated, are not) in `state`."""

    amount: int
    percent: bool
    negated: bool
    state: str
    names: tuple[str, ...]


Rule: TypeAlias = Constant | Is | Not | And | Or | AtLeast


def parse(rule: str) -> Rule:
    """The tree of an AlarmRule; `RuleError` (ValidationError) with place and expectation."""
    if not 1 <= len(rule) <= MAX_LENGTH:
        raise _refused(f"AlarmRule must have between 1 and {MAX_LENGTH} characters")
    tree = _build(_LANGUAGE.parse(_parser(), rule))
    if len(names(tree)) > MAX_CHILDREN:
        raise _refused(f"AlarmRule names more than {MAX_CHILDREN} alarms")
    if _elements(tree) + rule.count("(") > MAX_ELEMENTS:
        raise _refused(f"AlarmRule has more than {MAX_ELEMENTS} elements")
    return tree


def evaluate(tree: Rule, states: Mapping[str, str]) -> bool:
    """Whether the rule holds. states: alarm name (or ARN) -> OK | ALARM | INSUFFICIENT_DATA."""
    match tree:
        case Constant(value):
            return value
        case Is(state, name):
            return _state(name, states) == state
        case Not(rule):
            return not evaluate(rule, states)
        case And(rules):
            return all([evaluate(rule, states) for rule in rules])
        case Or(rules):
            return any([evaluate(rule, states) for rule in rules])
        case AtLeast():
            found = sum((_state(n, states) == tree.state) != tree.negated for n in tree.names)
            if tree.percent:
                return found * 100 >= tree.amount * len(tree.names)
            return found >= tree.amount


def names(tree: Rule) -> list[str]:
    """The alarms that the rule refers to, as written, each once, in order."""
    return list(dict.fromkeys(_references(tree)))


def alarm_name(reference: str) -> str:
    """The alarm's name, from a name or an ARN."""
    return reference.split(":alarm:", 1)[1] if reference.startswith("arn:") else reference


@cache
def _parser() -> Lark:
    return _LANGUAGE.build()


def _refused(message: str) -> RuleError:
    return RuleError("ValidationError", message)


def _state(reference: str, states: Mapping[str, str]) -> str:
    for key in (reference, alarm_name(reference)):
        if key in states:
            return states[key]
    raise _refused(f"AlarmRule refers to the alarm {reference}, which does not exist")


def _references(tree: Rule) -> Iterator[str]:
    match tree:
        case Is(_, name):
            yield name
        case Not(rule):
            yield from _references(rule)
        case And(rules) | Or(rules):
            for rule in rules:
                yield from _references(rule)
        case AtLeast():
            yield from tree.names


def _elements(tree: Rule) -> int:
    """Children and constants, each time they are written; parentheses are counted in the text."""
    match tree:
        case Not(rule):
            return _elements(rule)
        case And(rules) | Or(rules):
            return sum(map(_elements, rules))
        case AtLeast():
            return len(tree.names)
    return 1


def _build(node: Node) -> Rule:
    parts = node.children
    match node.data:
        case "constant":
            return Constant(str(parts[0]).upper() == "TRUE")
        case "alarm_is":
            return Is(str(parts[0]), _reference(parts[1]))
        case "negation":
            return Not(_build(_node(parts[0])))
        case "at_least":
            return _at_least(parts)
    rules = tuple(_build(_node(part)) for part in parts)
    return And(rules) if node.data == "both" else Or(rules)


def _at_least(parts: list[Node | Token]) -> AtLeast:
    text, without, state, *alarms = parts
    percent = str(text).endswith("%")
    amount = int(str(text).rstrip("%"))
    if amount < 1 or (percent and amount > 100) or (not percent and amount > len(alarms)):
        raise _refused(
            f"AT_LEAST({text}, ...): the minimum must be 1 to {len(alarms)}, or 1% to 100%"
        )
    listed = tuple(_reference(alarm) for alarm in alarms)
    return AtLeast(amount, percent, without is not None, str(state), listed)


def _reference(part: Node | Token) -> str:
    text = str(_node(part).children[0])
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text


def _node(part: Node | Token) -> Node:
    assert not isinstance(part, Token)
    return part
