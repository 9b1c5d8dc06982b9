"""The fields that Logs Insights discovers: system fields, Lambda's report lines, JSON leaves.

Source: CloudWatch Logs User Guide, "Supported logs and discovered fields". JSON is flattened with
dots, list positions as parts (`items.0.id`); true and false become 1 and 0; null is missing; of a
text line only the first embedded JSON object counts. Durations are milliseconds, memory is bytes
with 1 MB = 1,000,000 (so 512 MB is 512000000). START, END and REPORT are told by the line's shape,
in any log group. An application line in Lambda's own text formats (Node.js, Python) gets the
@requestId it carries. VPC flow logs and Route 53: `line_fields`; at most 200 fields: `field_limit`.
"""

from __future__ import annotations

from functools import reduce
from itertools import product

from sqlglot import exp

from course.insights.options import Options
from course.insights.values import (
    Kind,
    Sql,
    Value,
    binary,
    call,
    case,
    cast,
    parameter,
    text_literal,
)

SYSTEM: dict[str, Kind] = {
    "@timestamp": Kind.TIME,
    "@ingestionTime": Kind.TIME,
    "@message": Kind.TEXT,
    "@logStream": Kind.TEXT,
    "@log": Kind.TEXT,
    "@ptr": Kind.TEXT,
    "@aws.account": Kind.TEXT,
}
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_PLATFORM = rf"^(START|END|REPORT) RequestId: ({_ID})"
# Node.js: time, id, level, text. Python: [level], time, id, text. All separated by tabs.
_LINE_ID = rf"^(?:\[[A-Z]+\]\t)?[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9:.,]+Z\t({_ID})\t"
_MAX_SPLITS = 16

# name: (regex, factor); a factor makes a number, None keeps the text.
_REPORT: dict[str, tuple[str, float | None]] = {
    "@duration": (r"^REPORT RequestId: \S+\s+Duration: ([0-9.]+) ms", 1),
    "@billedDuration": (r"\sBilled Duration: ([0-9.]+) ms", 1),
    "@initDuration": (r"\sInit Duration: ([0-9.]+) ms", 1),
    "@memorySize": (r"\sMemory Size: ([0-9]+) MB", 1_000_000),
    "@maxMemoryUsed": (r"\sMax Memory Used: ([0-9]+) MB", 1_000_000),
    "@xrayTraceId": (r"\sXRAY TraceId: (\S+)", None),
    "@xraySegmentId": (r"\sSegmentId: (\S+)", None),
}
LAMBDA = ("@type", "@requestId", *_REPORT)
_RECORD: dict[str, tuple[str, float]] = {
    "@duration": ("durationMs", 1),
    "@billedDuration": ("billedDurationMs", 1),
    "@initDuration": ("initDurationMs", 1),
    "@memorySize": ("memorySizeMB", 1_000_000),
    "@maxMemoryUsed": ("maxMemoryUsedMB", 1_000_000),
}


def message() -> Sql:
    return exp.column("@message", quoted=True)


def lambda_field(name: str, options: Options) -> Value:
    """A Lambda field by the line it is in; missing on every other line."""
    if name == "@type":
        return Value(_type(options), Kind.TEXT)
    if name == "@requestId":
        return Value(_request_id(options), Kind.TEXT)
    pattern, factor = _REPORT[name]
    found = _on_report(
        call("regexp_extract", message(), text_literal(pattern), exp.Literal.number(1))
    )
    if factor is None:
        return Value(call("nullif", found, text_literal("")), Kind.TEXT)
    plain = _scaled(found, factor)
    if options.platform_reports and name in _RECORD:
        key, scale = _RECORD[name]
        plain = call(
            "coalesce", plain, _on_record(_scaled(_json_at(f"/record/metrics/{key}"), scale))
        )
    return Value(plain, Kind.NUMBER)


def _scaled(found: Sql, factor: float) -> Sql:
    return binary(exp.Mul, call("as_number", found), exp.Literal.number(str(int(factor))))


def _on_report(value: Sql) -> Sql:
    starts = call("starts_with", message(), text_literal("REPORT RequestId: "))
    return case([(starts, value)])


def _json_at(pointer: str) -> Sql:
    return call("json_leaf", call("json_extract", _fragment(), text_literal(pointer)))


def _on_record(value: Sql) -> Sql:
    return case([(binary(exp.EQ, _json_at("/type"), text_literal("platform.report")), value)])


def _fragment() -> Sql:
    return exp.column("#json", quoted=True)


def _type(options: Options) -> Sql:
    found = call("regexp_extract", message(), text_literal(_PLATFORM), exp.Literal.number(1))
    plain = call("nullif", found, text_literal(""))
    if not options.platform_reports:
        return plain
    return call("coalesce", plain, _on_record(text_literal("REPORT")))


def _request_id(options: Options) -> Sql:
    sources = [(_PLATFORM, 2)] + ([(_LINE_ID, 1)] if options.line_request_ids else [])
    found = [
        call(
            "nullif",
            call("regexp_extract", message(), text_literal(p), exp.Literal.number(g)),
            text_literal(""),
        )
        for p, g in sources
    ]
    if options.platform_reports:
        found.append(_on_record(_json_at("/record/requestId")))
    return call("coalesce", *found)


def system_field(name: str) -> Value:
    """A field that every event has: as given, or made of what was given."""
    sql = _MADE[name]() if name in _MADE else exp.column(name, quoted=True)
    return Value(sql, SYSTEM[name])


def _account() -> Sql:
    return cast(parameter("account_id"), "VARCHAR")


def _log() -> Sql:
    parts = exp.DPipe(this=_account(), expression=text_literal(":"))
    return exp.Paren(this=exp.DPipe(this=parts, expression=exp.column("#group", quoted=True)))


def _pointer() -> Sql:
    names = ("@timestamp", "#position", "#group", "@logStream")
    return call("pointer", *(exp.column(name, quoted=True) for name in names))


_MADE = {"@log": _log, "@aws.account": _account, "@ptr": _pointer}


def pointers(parts: tuple[str, ...]) -> list[str]:
    """RFC 6901 pointers to try for a path, nested keys first.

    A key may itself hold dots ({"a.b": 1} and {"a": {"b": 1}} both flatten to `a.b`), so every way
    of joining neighbours is tried, up to 16 of them.
    """
    escaped = [part.replace("~", "~0").replace("/", "~1") for part in parts]
    gaps = len(escaped) - 1
    if 2**gaps > _MAX_SPLITS:
        return ["/" + "/".join(escaped), "/" + ".".join(escaped)]
    splits = product("/.", repeat=gaps)
    return [
        "/" + reduce(_join, zip(split, escaped[1:], strict=True), escaped[0]) for split in splits
    ]


def _join(so_far: str, step: tuple[str, str]) -> str:
    return so_far + step[0] + step[1]


def leaf(wanted: tuple[str, ...], paths: list[str], found: str) -> Sql:
    """The first of the pointers `wanted` that leads to a leaf. paths: all that `extract_all` looks
    up in one pass for the column `found`."""
    if len(wanted) == 2:
        nested = _extracted(wanted[0], paths, found)
        dotted = wanted[1][1:].replace("~1", "/").replace("~0", "~")
        return call(
            "dotted_leaf", nested, _fragment(), text_literal(wanted[1]), text_literal(dotted)
        )
    leaves = [call("json_leaf", _extracted(pointer, paths, found)) for pointer in wanted]
    return leaves[0] if len(leaves) == 1 else call("coalesce", *leaves)


def in_one_pass(wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the pointers of a field that are looked up in every document."""
    return wanted[:1] if len(wanted) == 2 else wanted


def _extracted(pointer: str, paths: list[str], found: str) -> Sql:
    value = exp.column(found, quoted=True)
    if len(paths) == 1:
        return value
    return call("list_extract", value, exp.Literal.number(paths.index(pointer) + 1))


def extract_all(paths: list[str]) -> Sql:
    """Every wanted value of one document, as JSON, in a single pass over its text: a list, or the
    value itself when just one is wanted."""
    texts = [text_literal(path) for path in paths]
    wanted = texts[0] if len(texts) == 1 else exp.Array(expressions=texts)
    return call("json_extract", _fragment(), wanted)
