"""The fields that Logs Insights discovers in lines of VPC flow logs and Route 53 query logs.

Source: CloudWatch Logs User Guide, "Supported logs and discovered fields" (the names); VPC User
Guide, "Flow log records" (version 2, the default format) and Route 53 Developer Guide, "Public DNS
query logging" (the order in the line). A line is told by its shape, in any log group; a `-` stands
for no value and is missing (the guide does not say). JSON comes first: a field of the same name in
a JSON event is that event's own. Other formats of flow logs are left to `parse`.
"""

from __future__ import annotations

import re

from course.insights.values import Sql, call, text_literal
from course.insights.values import number_literal as literal

_VPC = (
    *("version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort"),
    *("protocol", "packets", "bytes", "startTime", "endTime", "action", "logStatus"),
)
_ROUTE_53 = (
    *("version", "queryTimestamp", "hostZoneId", "queryName", "queryType", "responseCode"),
    *("protocol", "edgeLocation", "resolverIp", "ednsClientSubnet"),
)
_WORD = "[!-~]+"  # ASCII: much cheaper to compile than \S
_VPC_LINE = rf"\d+ (?:\d+|unknown|-) (?:eni-{_WORD}|-)(?: {_WORD}){{10}} (?:OK|NODATA|SKIPDATA)"
_ROUTE_53_LINE = (
    rf"\d+\.\d+ \d{{4}}-\d\d-\d\dT{_WORD}Z [A-Z0-9]+ {_WORD} [A-Z0-9]+ [A-Z]+ (?:UDP|TCP)"
    rf"(?: {_WORD}){{3}}"
)
_LINES = ((_VPC_LINE, _VPC), (_ROUTE_53_LINE, _ROUTE_53))


def with_line_field(name: str, message: Sql, known: Sql) -> Sql:
    """`known`, or else the part of the line that has this name, if lines have one."""
    found = [
        call("line_part", message, text_literal(line), literal(names.index(name) + 1))
        for line, names in _LINES
        if name in names
    ]
    return call("coalesce", known, *found) if found else known


def in_line(message: str) -> list[tuple[str, str]]:
    """All such fields of one line, as (name, value)."""
    if not message[:1].isdigit():
        return []
    for line, names in _LINES:
        if re.fullmatch(line, message):
            pairs = zip(names, message.split(" "), strict=True)
            return [(name, value) for name, value in pairs if value != "-"]
    return []
