"""The syntax tree of a filter expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Literal: TypeAlias = str | float | bool


@dataclass(frozen=True)
class Selector:
    """A node of the graph: what is None may be anything."""

    name: str | None = None
    type: str | None = None
    account_id: str | None = None


@dataclass(frozen=True)
class Flag:
    """A boolean keyword is true."""

    keyword: str


@dataclass(frozen=True)
class IsSet:
    """A number or string keyword has a value."""

    keyword: str


@dataclass(frozen=True)
class Compare:
    """A number or string keyword has a value that compares so."""

    keyword: str
    operator: str
    value: str | float


@dataclass(frozen=True)
class Annotation:
    """An annotation is set (operator ""), or has a value that compares so."""

    key: str
    operator: str = ""
    value: Literal = ""


@dataclass(frozen=True)
class Not:
    of: Filter


@dataclass(frozen=True)
class And:
    of: tuple[Filter, ...]


@dataclass(frozen=True)
class Or:
    of: tuple[Filter, ...]


@dataclass(frozen=True)
class AtService:
    """A segment of such a service for which the inner filter holds."""

    selector: Selector
    inner: Filter | None = None


@dataclass(frozen=True)
class AtEdge:
    """A call between two such services for which the inner filter holds."""

    source: Selector
    target: Selector
    inner: Filter | None = None


@dataclass(frozen=True)
class AtRootCause:
    """A root cause with such an element. kind: fault, error or responsetime; element: service,
    entity or exception, None for any root cause of the kind."""

    kind: str
    element: str | None = None
    inner: Filter | None = None


@dataclass(frozen=True)
class LikeJson:
    """A root cause that agrees with every field of one of these objects (JSON text)."""

    patterns: str


Filter: TypeAlias = (
    Flag
    | IsSet
    | Compare
    | Annotation
    | Not
    | And
    | Or
    | AtService
    | AtEdge
    | AtRootCause
    | LikeJson
)
