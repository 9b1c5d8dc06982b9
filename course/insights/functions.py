"""The scalar functions: one table with arity, words for the reader and how each becomes SQL.

Follows the CloudWatch Logs User Guide, "Supported operations and functions". A function that AWS
documents stands here or in `times`, `dates`, `json_functions`, `addresses` or `codes`. Names come
in any letter case. Missing in, missing out, unless a function says otherwise.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from course.insights import nodes
from course.insights.errors import QueryError
from course.insights.regexes import checked_regex
from course.insights.values import (
    Kind,
    Sql,
    Value,
    balanced,
    binary,
    call,
    case,
    cast,
    is_null,
    negated,
    number,
    text,
    text_literal,
    truth,
    try_cast,
    unify,
)


@dataclass(frozen=True)
class Written:
    """A call as its builder sees it: the arguments as values and as written."""

    values: list[Value]
    arguments: tuple[nodes.Expr, ...]
    span: nodes.Span


Build = Callable[[Written], Value]


@dataclass(frozen=True)
class Function:
    """name as AWS writes it; fewest and most arguments (None: no limit); an example call."""

    name: str
    fewest: int
    most: int | None
    build: Build
    example: str
    about: str


PLAIN_FUNCTIONS: dict[str, Function] = {}  # all but those over time, which are in `times`


def _add(name: str, fewest: int, most: int | None, build: Build, example: str, about: str) -> None:
    PLAIN_FUNCTIONS[name.lower()] = Function(name, fewest, most, build, example, about)


def _numeric(name: str, sql: Callable[..., Sql], example: str, about: str, most: int = 1) -> None:
    def build(written: Written) -> Value:
        return Value(call("finite", sql(*map(number, written.values))), Kind.NUMBER)

    _add(name, 1, most, build, example, about)


def _textual(
    name: str, arity: tuple[int, int | None], sql: Callable[..., Sql], example: str, about: str
) -> None:
    def build(written: Written) -> Value:
        return Value(sql(*map(text, written.values)), Kind.TEXT)

    _add(name, arity[0], arity[1], build, example, about)


def _test(name: str, arity: int, sql: Callable[..., Sql], example: str, about: str) -> None:
    def build(written: Written) -> Value:
        return Value(sql(*map(text, written.values)), Kind.BOOLEAN)

    _add(name, arity, arity, build, example, about)


def _named(name: str) -> Callable[..., Sql]:
    return lambda *arguments: call(name, *arguments)


# Numbers ------------------------------------------------------------------------------------
_numeric("abs", _named("abs"), "abs(-3)", "distance from 0")
_numeric("ceil", _named("ceil"), "ceil(1.2)", "next whole number upwards")
_numeric("floor", _named("floor"), "floor(1.8)", "next whole number downwards")
_numeric("log", _named("ln"), "log(10)", "natural logarithm; missing for 0 and less")
_numeric("sqrt", _named("sqrt"), "sqrt(9)", "square root; missing for negative numbers")
_numeric("toNumber", lambda n: n, 'toNumber("12.5")', "the number that a text holds, or missing")
_numeric("toDouble", lambda n: n, 'toDouble("12.5")', "the same as toNumber")
_numeric(
    "toInt",
    lambda n: cast(try_cast(call("trunc", n), "INT"), "DOUBLE"),
    "toInt(12.9)",
    "whole part, 32 bits; missing when it does not fit",
)
_numeric(
    "toLong",
    lambda n: cast(try_cast(call("trunc", n), "BIGINT"), "DOUBLE"),
    "toLong(12.9)",
    "whole part, 64 bits; missing when it does not fit",
)
_numeric(
    "round",
    lambda n, d=None: call("round", n) if d is None else call("round", n, cast(d, "INT")),
    "round(2.345, 2)",
    "nearest number with so many decimal places, halves away from 0",
    most=2,
)


def _extreme(sql_name: str) -> Build:
    def build(written: Written) -> Value:
        return Value(call(sql_name, *map(number, written.values)), Kind.NUMBER)

    return build


_add("greatest", 1, None, _extreme("greatest"), "greatest(a, b)", "largest; missing ones skipped")
_add("least", 1, None, _extreme("least"), "least(a, b)", "smallest; missing ones skipped")


def _haversine(lat1: Sql, lon1: Sql, lat2: Sql, lon2: Sql) -> Sql:
    def half_chord(a: Sql, b: Sql) -> Sql:
        half = binary(exp.Div, call("radians", binary(exp.Sub, b, a)), exp.Literal.number(2))
        return call("pow", call("sin", half), exp.Literal.number(2))

    cosines = binary(
        exp.Mul, call("cos", call("radians", lat1)), call("cos", call("radians", lat2))
    )
    chord = binary(
        exp.Add, half_chord(lat1, lat2), binary(exp.Mul, cosines, half_chord(lon1, lon2))
    )
    # 2 x the Earth's mean radius of 6371 km.
    return binary(exp.Mul, exp.Literal.number(12742), call("asin", call("sqrt", chord)))


def _build_haversine(written: Written) -> Value:
    return Value(call("finite", _haversine(*map(number, written.values))), Kind.NUMBER)


_add("haversine", 4, 4, _build_haversine, "haversine(lat1, lon1, lat2, lon2)", "kilometres")


# Whatever has no text or number form of its own ---------------------------------------------
def _ispresent(written: Written) -> Value:
    value = written.values[0]
    if value.document is not None:
        return Value(call("is_known", value.document), Kind.BOOLEAN)
    return Value(negated(is_null(value.sql)), Kind.BOOLEAN)


def _coalesce(written: Written) -> Value:
    parts, kind = unify(written.values)
    return Value(call("coalesce", *parts), kind)


def _if(written: Written) -> Value:
    condition, *outcomes = written.values
    parts, kind = unify(outcomes)
    return Value(case([(truth(condition), parts[0])], parts[1]), kind)


def _case(written: Written) -> Value:
    values = written.values
    has_default = len(values) % 2 == 1
    conditions = values[0:-1:2] if has_default else values[0::2]
    if len(conditions) > 10:
        raise QueryError("`case` has at most 10 branches", span=written.span)
    outcomes = values[1::2] + ([values[-1]] if has_default else [])
    parts, kind = unify(outcomes)
    branches = list(zip(map(truth, conditions), parts, strict=False))
    return Value(case(branches, parts[-1] if has_default else None), kind)


def _is_numeric(written: Written) -> Value:
    return Value(negated(is_null(number(written.values[0]))), Kind.BOOLEAN)


def _same(written: Written) -> Value:
    return written.values[0]


def _message_size(written: Written) -> Value:
    return Value(cast(call("strlen", text(written.values[0])), "DOUBLE"), Kind.NUMBER)


_add("ispresent", 1, 1, _ispresent, "ispresent(errorCode)", "1 when the field exists, else 0")
_add("coalesce", 1, None, _coalesce, 'coalesce(user, "nobody")', "the first that exists")
_add("if", 3, 3, _if, 'if(status >= 500, "bad", "good")', "one of two values")
_add(
    "case", 2, None, _case, 'case(status >= 500, "5xx", status >= 400, "4xx", "ok")', "first match"
)
_add("isNumeric", 1, 1, _is_numeric, "isNumeric(status)", "1 when the value reads as a number")
_add("messageSize", 1, 1, _message_size, "messageSize(@message)", "length in bytes")
_add("unmask", 1, 1, _same, "unmask(@message)", "the value; nothing is masked here")

# JSON ---------------------------------------------------------------------------------------


def _json_size(written: Written) -> Value:
    size = call("len", call("json_items", text(written.values[0])))
    return Value(cast(size, "DOUBLE"), Kind.NUMBER)


def _json_contains(written: Written) -> Value:
    items, wanted = map(text, written.values)
    found = call("list_contains", call("json_items", items), cast(call("to_json", wanted), "JSON"))
    return Value(call("coalesce", found, exp.false()), Kind.BOOLEAN)


_add("jsonArraySize", 1, 1, _json_size, "jsonArraySize(tags)", "items of a JSON array in a text")
_add("jsonArrayContains", 2, 2, _json_contains, 'jsonArrayContains(tags, "a")', "1 when it is in")

# Texts --------------------------------------------------------------------------------------
_BLANKS = " \t\n\r\f\v"


def _trim(sql_name: str) -> Callable[..., Sql]:
    return lambda t, chars=None: call(sql_name, t, chars or text_literal(_BLANKS))


def _substr(written: Written) -> Value:
    subject = text(written.values[0])
    start, *length = (
        call("greatest", number(v), exp.Literal.number(0)) for v in written.values[1:]
    )
    first = cast(binary(exp.Add, start, exp.Literal.number(1)), "BIGINT")
    cut = call("substring", subject, first, *(cast(n, "BIGINT") for n in length))
    return Value(cut, Kind.TEXT)


def _strcontains(written: Written) -> Value:
    subject, find, *insensitive = written.values
    plain = call("contains", text(subject), text(find))
    if not insensitive:
        return Value(plain, Kind.BOOLEAN)
    folded = call("contains", call("lower", text(subject)), call("lower", text(find)))
    return Value(case([(truth(insensitive[0]), folded)], plain), Kind.BOOLEAN)


def _regex_replace(written: Written) -> Value:
    subject, pattern, replacement = written.values
    if not isinstance(pattern.literal, str):
        raise QueryError(
            "The pattern of `regexReplace` is written in the query itself",
            span=written.arguments[1].span,
            example='regexReplace(path, "[0-9]+", "N")',
        )
    regex = text_literal(checked_regex(pattern.literal, written.arguments[1].span))
    done = call("regexp_replace", text(subject), regex, text(replacement), text_literal("g"))
    return Value(done, Kind.TEXT)


def _empty(*, blank: bool) -> Callable[..., Sql]:
    def sql(t: Sql) -> Sql:
        subject = call("trim", t, text_literal(_BLANKS)) if blank else t
        is_empty = binary(exp.EQ, subject, text_literal(""))
        return call("coalesce", is_empty, exp.true())

    return sql


def _split(written: Written) -> Value:
    return Value(call("string_split", *map(text, written.values)), Kind.LIST)


_test("isempty", 1, _empty(blank=False), "isempty(user)", "1 when missing or without characters")
_test("isblank", 1, _empty(blank=True), "isblank(user)", "1 when missing, empty or only blanks")
_textual(
    "concat",
    (1, None),
    lambda *parts: balanced(exp.DPipe, list(parts)),
    'concat(method, " ", path)',
    "texts joined; missing when a part is missing",
)
_textual("ltrim", (1, 2), _trim("ltrim"), 'ltrim(path, "/")', "without blanks or those characters")
_textual("rtrim", (1, 2), _trim("rtrim"), 'rtrim(path, "/")', "without blanks or those characters")
_textual("trim", (1, 2), _trim("trim"), 'trim(path, "/")', "without blanks or those characters")
_textual("toupper", (1, 1), _named("upper"), "toupper(level)", "in capitals")
_textual("tolower", (1, 1), _named("lower"), "tolower(level)", "in small letters")
_textual("replace", (3, 3), _named("replace"), 'replace(path, "//", "/")', "every occurrence")
_textual("urlencode", (1, 1), _named("url_encode"), "urlencode(path)", "percent-encoded")
_textual("urldecode", (1, 1), _named("url_decode"), "urldecode(path)", "percent-decoded")
_textual("md5", (1, 1), _named("md5"), "md5(user)", "hexadecimal digest")
_textual("sha256", (1, 1), _named("sha256"), "sha256(user)", "hexadecimal digest")
_textual(
    "base64encode",
    (1, 1),
    lambda t: call("to_base64", call("encode", t)),
    "base64encode(user)",
    "base64 of the UTF-8 bytes",
)
_textual(
    "base64decode",
    (1, 1),
    lambda t: call("try", call("decode", call("from_base64", t))),
    "base64decode(token)",
    "the text, or missing when it is no base64",
)
_test("startsWith", 2, _named("starts_with"), 'startsWith(path, "/api")', "1 or 0")
_test("endsWith", 2, _named("suffix"), 'endsWith(path, ".js")', "1 or 0")
_add("strcontains", 2, 3, _strcontains, 'strcontains(path, "cart")', "1 or 0")
_add("substr", 2, 3, _substr, "substr(path, 0, 4)", "part of a text, counted from 0")
_add("regexReplace", 3, 3, _regex_replace, 'regexReplace(path, "[0-9]+", "N")', "every match (RE2)")
_add("split", 2, 2, _split, 'split(path, "/")', "a list of texts")


def _strlen(written: Written) -> Value:
    return Value(cast(call("length", text(written.values[0])), "DOUBLE"), Kind.NUMBER)


_add("strlen", 1, 1, _strlen, "strlen(path)", "length in code points")


# Addresses ----------------------------------------------------------------------------------
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")  # RFC 1918


def in_ipv4_network(address: Sql, network: ipaddress.IPv4Network) -> Sql:
    first = exp.Literal.number(str(int(network.network_address)))
    return call("in_ipv4_subnet", address, first, exp.Literal.number(str(network.num_addresses)))


def _in_subnet(written: Written) -> Value:
    subject, subnet = written.values
    try:
        network = ipaddress.IPv4Network(str(subnet.literal), strict=False)
    except ValueError:
        raise QueryError(
            "The subnet is written in quotes, in CIDR form",
            span=written.arguments[1].span,
            example='isIpv4InSubnet(srcAddr, "10.0.0.0/8")',
        ) from None
    return Value(in_ipv4_network(text(subject), network), Kind.BOOLEAN)


def is_private(t: Sql) -> Sql:
    tests = [in_ipv4_network(t, ipaddress.IPv4Network(network)) for network in _PRIVATE]
    return balanced(exp.Or, tests)


def _ipv4_number(written: Written) -> Value:
    return Value(cast(call("ipv4_number", text(written.values[0])), "DOUBLE"), Kind.NUMBER)


def _known(test: Sql) -> Sql:
    return call("coalesce", test, exp.false())


_test("isValidIpV4", 1, lambda t: _known(call("is_ipv4", t)), "isValidIpV4(srcAddr)", "1 or 0")
_test("isValidIpV6", 1, lambda t: _known(call("is_ipv6", t)), "isValidIpV6(srcAddr)", "1 or 0")
_test(
    "isValidIp",
    1,
    lambda t: _known(binary(exp.Or, call("is_ipv4", t), call("is_ipv6", t))),
    "isValidIp(srcAddr)",
    "1 or 0",
)
_test("isPrivateIP", 1, is_private, "isPrivateIP(srcAddr)", "1 for RFC 1918 addresses, else 0")
_add("isIpv4InSubnet", 2, 2, _in_subnet, 'isIpv4InSubnet(srcAddr, "10.0.0.0/8")', "1 or 0")
_add("ipv4ToNumber", 1, 1, _ipv4_number, "ipv4ToNumber(srcAddr)", "the address as a number")
