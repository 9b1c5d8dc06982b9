"""The comparison operators of event patterns: what one value of an event must satisfy.

Follows the EventBridge User Guide, "Comparison operators for use in event patterns", and, for what
is refused and in which words, AWS's own open-source engine (github.com/aws/event-ruler). A reason
here lacks the place in the text that AWS adds to it. Wildcard complexity is not measured: a rule
that AWS would call "too complex" passes.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from course.telemetry.errors import RuleError

Scalar = str | int | float | bool | None
Test = Callable[[Any], bool]
CODE = "InvalidEventPatternException"
ONE_KEY = "Only one key allowed in match expression"
# Numeric matching works between these bounds ("Numeric matching").
LARGEST = 5_000_000_000


def refusal(reason: str) -> RuleError:
    """AWS's error for a pattern that it does not take."""
    return RuleError(CODE, f"Event pattern is not valid. Reason: {reason}")


@dataclass(frozen=True)
class Condition:
    """One of the alternatives that a field's array lists.

    test: whether a value satisfies it. wants_absence: it is {"exists": false}, which no value
    satisfies, but a field that is not there does.
    """

    test: Test
    wants_absence: bool = False


def condition(written: Any) -> Condition:
    """The condition that one element of a pattern's array stands for; RuleError if none."""
    if isinstance(written, list):
        raise refusal("Match value must be String, number, true, false, or null")
    if not isinstance(written, dict):
        return Condition(lambda value: same(value, written))
    if not written:
        raise refusal("Match expression name not found")
    if len(written) > 1:
        raise refusal(ONE_KEY)
    ((operator, operand),) = written.items()
    if operator == "exists":
        return _exists(operand)
    if operator not in OPERATORS:
        raise refusal(f"Unrecognized match type {operator}")
    return Condition(OPERATORS[operator](operand))


def same(left: Any, right: Any) -> bool:
    """Equality as JSON means it: true is not 1, and 300 is 3.0e2."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _exists(operand: Any) -> Condition:
    if not isinstance(operand, bool):
        raise refusal("exists match pattern must be either true or false.")
    return Condition(lambda value: operand, wants_absence=not operand)


def _on_text(test: Callable[[str], bool]) -> Test:
    """A test that only strings can pass."""
    return lambda value: isinstance(value, str) and test(value)


def _text(operand: Any, operator: str) -> str:
    if not isinstance(operand, str):
        raise refusal(f"{operator} match pattern must be a string")
    return operand


def _prefix(operand: Any) -> Test:
    if isinstance(operand, dict):
        start = _ignoring_case(operand, "prefix")
        return _on_text(lambda value: value.lower().startswith(start))
    start = _text(operand, "prefix")
    return _on_text(lambda value: value.startswith(start))


def _suffix(operand: Any) -> Test:
    if isinstance(operand, dict):
        end = _ignoring_case(operand, "suffix")
        return _on_text(lambda value: value.lower().endswith(end))
    end = _text(operand, "suffix")
    return _on_text(lambda value: value.endswith(end))


def _ignoring_case(operand: dict[str, Any], operator: str) -> str:
    """The text of {"equals-ignore-case": text} inside a prefix or suffix, in lower case."""
    if not operand:
        raise refusal(f"{operator.capitalize()} expression name not found")
    inner = next(iter(operand))
    if inner != "equals-ignore-case":
        raise refusal(f"Unsupported {operator} pattern: {inner}")
    if len(operand) > 1:
        raise refusal(ONE_KEY)
    return _text(operand[inner], inner).lower()


def _equals_ignore_case(operand: Any) -> Test:
    wanted = _text(operand, "equals-ignore-case").lower()
    return _on_text(lambda value: value.lower() == wanted)


def _wildcard(operand: Any) -> Test:
    shape = _glob(_text(operand, "wildcard"))
    return _on_text(lambda value: shape.fullmatch(value) is not None)


def _glob(text: str) -> re.Pattern[str]:
    r"""A wildcard as a regular expression: * any text, \* an asterisk, \\ a backslash.

    Positions in errors count from the quotation mark before the text, as AWS counts.
    """
    parts: list[str] = []
    position = 0
    while position < len(text):
        character, rest = text[position], text[position + 1 : position + 2]
        if character == "*":
            if rest == "*":
                raise refusal(f"Consecutive wildcard characters at pos {position + 1}")
            parts.append(".*")
        elif character == "\\":
            if rest not in ("*", "\\"):
                raise refusal(f"Invalid escape character at pos {position + 1}")
            parts.append(re.escape(rest))
            position += 1
        else:
            parts.append(re.escape(character))
        position += 1
    return re.compile("".join(parts), re.DOTALL)


def _cidr(operand: Any) -> Test:
    network = _network(operand)
    return _on_text(lambda value: _within(value, network))


def _within(value: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _network(operand: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """The range of addresses; a range of one address (/32, /128) is refused, as AWS refuses it."""
    # AWS's engine names the wrong operator here.
    address, slash, bits = _text(operand, "prefix").partition("/")
    if not slash or "/" in bits:
        raise refusal("Malformed CIDR, one '/' required")
    if not re.fullmatch(r"[+-]?\d+", bits):
        raise refusal("Malformed CIDR, mask bits must be an integer")
    if int(bits) < 0:
        raise refusal("Malformed CIDR, mask bits must not be negative")
    try:
        whole = ipaddress.ip_address(address).max_prefixlen
    except ValueError:
        raise refusal(f"Nonstandard IP address: {address}") from None
    if int(bits) >= whole:
        raise refusal(f"IPv{4 if whole == 32 else 6} mask bits must be < {whole}")
    return ipaddress.ip_network(f"{address}/{int(bits)}", strict=False)


COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "=": lambda value, bound: value == bound,
    ">": lambda value, bound: value > bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    "<=": lambda value, bound: value <= bound,
}


def _numeric(operand: Any) -> Test:
    """One comparison, or a lower and then an upper bound: [">", 0, "<=", 5]."""
    if not isinstance(operand, list):
        raise refusal("Value of numeric must be an array.")
    if not operand or not isinstance(operand[0], str):
        raise refusal(f"Invalid member in numeric match: {operand[0] if operand else ']'}")
    operator = operand[0]
    if operator not in COMPARISONS:
        raise refusal(f"Unrecognized numeric range operator: {operator}")
    bound = _bound(operand[1:2], operator)
    tests = [(COMPARISONS[operator], bound)]
    if len(operand) > 2:
        if operator not in (">", ">="):
            raise refusal("Too many elements in numeric expression")
        tests.append(_upper(operand[2:], bound))
    return lambda value: (
        is_number(value)
        and abs(value) <= LARGEST
        and all(holds(value, limit) for holds, limit in tests)
    )


def _upper(rest: Sequence[Any], bottom: float) -> tuple[Callable[[float, float], bool], float]:
    operator = rest[0]
    if not isinstance(operator, str):
        raise refusal(f"Bad value in numeric range: {operator}")
    if operator not in ("<", "<="):
        raise refusal(f"Bad numeric range operator: {operator}")
    top = _bound(rest[1:2], operator)
    if len(rest) > 2:
        raise refusal("Too many terms in numeric range expression")
    if top <= bottom:
        raise refusal("Bottom must be less than top")
    return COMPARISONS[operator], top


def _bound(found: Sequence[Any], operator: str) -> float:
    if not found or not is_number(found[0]):
        raise refusal(f"Value of {'equals' if operator == '=' else operator} must be numeric")
    if abs(found[0]) > LARGEST:
        raise refusal(f"Value must be between -{LARGEST:.1E} and {LARGEST:.1E}, inclusive")
    return float(found[0])


def _anything_but(operand: Any) -> Test:
    """Any value but these; null, booleans and the other type pass, an absent field does not."""
    if isinstance(operand, dict):
        return _anything_but_matching(operand)
    listed = operand if isinstance(operand, list) else [operand]
    if not isinstance(operand, list) and not (isinstance(operand, str) or is_number(operand)):
        raise refusal("Value of anything-but must be an array or single string/number value.")
    if not all(isinstance(each, str) or is_number(each) for each in listed):
        raise refusal("Inside anything but list, start|null|boolean is not supported.")
    if len({isinstance(each, str) for each in listed}) != 1:
        problem = "Inside anything but list, either all values are number or string, "
        raise refusal(problem + "mixed type is not supported")
    return lambda value: not any(same(value, each) for each in listed)


def _anything_but_matching(operand: dict[str, Any]) -> Test:
    """{"anything-but": {"prefix": ...}} and its likes, with one text or a list of them."""
    if not operand:
        raise refusal("Anything-But expression name not found")
    operator = next(iter(operand))
    if operator not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise refusal(f"Unsupported anything-but pattern: {operator}")
    if len(operand) > 1:
        raise refusal("Too many elements in numeric expression")
    inner = operand[operator]
    if not isinstance(inner, str | list) and not is_number(inner):
        raise refusal("Value of anything-but must be an array or single string/number value.")
    texts = inner if isinstance(inner, list) else [inner]
    if not all(isinstance(each, str) for each in texts):
        raise refusal(_NOT_TEXT.get(operator, "prefix/suffix match pattern must be a string"))
    if operator in ("prefix", "suffix") and "" in texts:
        raise refusal("Null prefix/suffix not allowed")
    tests = [OPERATORS[operator](each) for each in texts]
    return lambda value: not any(test(value) for test in tests)


_NOT_TEXT = {
    "wildcard": "wildcard match pattern must be a string",
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, "
    "number|start|null|boolean is not supported.",
}
OPERATORS: dict[str, Callable[[Any], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
