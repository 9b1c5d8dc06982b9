"""The keywords of filter expressions: what kind each is, and where it means something.

From the X-Ray developer guide, "Use filter expressions". A scope is what a filter is applied to:
the trace, a segment of a service() or a call of an edge(), or one element of a root cause's list.
The guide does not say which plain keywords service() and edge() take; here: those that a segment or
a call has a value for. Its edition of 2023 keeps annotations out of service() and edge(); they are
taken here, where they mean those of the segment's own parts, or of the call.
"""

from __future__ import annotations

TRACE, SERVICE, EDGE = "trace", "service()", "edge()"
CAUSE_SERVICE, ENTITY, EXCEPTION = (
    f"rootcause...{each}" for each in ("service", "entity", "exception")
)
ELEMENTS = {"service": CAUSE_SERVICE, "entity": ENTITY, "exception": EXCEPTION}
CAUSES = ("fault", "error", "responsetime")

_STATUS = "ok error throttle fault"
_HTTP = "http.url http.method http.useragent http.clientip"
_PLACE = "user availabilityzone instance.id resource.arn"
_PLACE_IN_LIST = "first last"
_TIMES = frozenset({"responsetime", "duration", "http.status"})

FLAGS: dict[str, frozenset[str]] = {
    TRACE: frozenset(f"{_STATUS} partial inferred".split()),
    SERVICE: frozenset(f"{_STATUS} partial inferred root".split()),
    EDGE: frozenset(_STATUS.split()),
    CAUSE_SERVICE: frozenset(f"{_PLACE_IN_LIST} inferred".split()),
    ENTITY: frozenset(f"{_PLACE_IN_LIST} remote".split()),
    EXCEPTION: frozenset(_PLACE_IN_LIST.split()),
}
NUMBERS: dict[str, frozenset[str]] = {
    TRACE: _TIMES,
    SERVICE: _TIMES,
    EDGE: _TIMES,
    CAUSE_SERVICE: frozenset({"index"}),
    ENTITY: frozenset({"index", "coverage"}),
    EXCEPTION: frozenset({"index"}),
}
TEXTS: dict[str, frozenset[str]] = {
    TRACE: frozenset(f"{_HTTP} {_PLACE}".split()),
    SERVICE: frozenset(f"{_HTTP} {_PLACE} name type".split()),
    EDGE: frozenset({"http.url", "http.method"}),
    CAUSE_SERVICE: frozenset({"name", "type"}),
    ENTITY: frozenset({"name"}),
    EXCEPTION: frozenset({"name", "message"}),
}
ANNOTATED = frozenset({TRACE, SERVICE, EDGE})
NUMBER_OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
TEXT_OPERATORS = ("=", "!=", "CONTAINS", "BEGINSWITH", "ENDSWITH")
FLAG_OPERATORS = ("=", "!=")


def in_scope(scope: str) -> frozenset[str]:
    """The plain keywords that a scope knows."""
    return FLAGS[scope] | NUMBERS[scope] | TEXTS[scope]


def scopes_of(keyword: str) -> list[str]:
    """Where a keyword may stand; empty for an unknown one."""
    return [scope for scope in FLAGS if keyword in in_scope(scope)]


def known() -> list[str]:
    """Every word that can begin a condition, for suggestions."""
    words = set().union(*(in_scope(scope) for scope in FLAGS))
    causes = {f"rootcause.{kind}.{element}" for kind in CAUSES for element in ELEMENTS}
    return sorted(words | causes | {"service", "edge", "annotation", "group.name", "group.arn"})
