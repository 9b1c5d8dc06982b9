"""The annotations of a trace: what X-Ray indexes of them.

"X-Ray indexes up to 50 annotations per trace" (developer guide, "X-Ray concepts"). Which fifty it
takes is not documented; here the first ones, segment by segment and as the documents list them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from course.telemetry.xray.services import Service

MOST_ANNOTATIONS = 50
Value = str | float | bool
# key -> the values it has, each with the services whose segments carry it
Index = dict[str, dict[tuple[type, Value], list[Service]]]


def index(annotated: Iterable[tuple[dict[str, Any], Service]]) -> Index:
    """The indexed annotations of a trace. Values of different types are different values.

    annotated: the annotations of its (sub)segments, each with the service that it belongs to.
    """
    found: Index = {}
    count = 0
    for listed, service in annotated:
        for key, value in listed.items():
            typed = _typed(value)
            if typed not in found.get(key, {}):
                if count == MOST_ANNOTATIONS:
                    continue
                count += 1
            where = found.setdefault(key, {}).setdefault(typed, [])
            if service not in where:
                where.append(service)
    return found


def _typed(value: Value) -> tuple[type, Value]:
    if isinstance(value, bool):
        return bool, value
    return (str, value) if isinstance(value, str) else (float, float(value))
