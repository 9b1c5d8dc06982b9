"""What a query and the queries inside it have in common while they are compiled.

Nothing of the outside (which log groups there are, what a lookup table holds) is known then: the
statement gets parameters, `$groups_0`, `$table_0_1`, and `bindings` says what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from course.insights import nodes
from course.insights.table_nodes import FilterIndex, Source

if TYPE_CHECKING:
    from course.insights.pipeline import Pipeline


@dataclass(frozen=True)
class TableUse:
    """The columns of a lookup table that a stage names, in its order; None is the first one.

    keys: how many of them are compared. networks: the first holds networks in CIDR form.
    """

    name: str
    columns: tuple[nodes.Field | None, ...]
    keys: int
    networks: bool
    span: nodes.Span


def _no_inner_queries(pipeline: Pipeline, stages: tuple[nodes.Stage, ...]) -> None:
    raise AssertionError("only the compiler builds inner queries")


@dataclass
class Shared:
    """build: compiles the stages of an inner query into its pipeline.

    groups: what each list of log groups is made from. wide: some SOURCE has times of its own, so
    that the statement sees all events and picks the time range itself.
    """

    build: Callable[[Pipeline, tuple[nodes.Stage, ...]], None] = _no_inner_queries
    groups: list[Source | FilterIndex] = field(default_factory=list)
    tables: list[TableUse] = field(default_factory=list)
    inner: list[Pipeline] = field(default_factory=list)
    wide: bool = False

    def add_groups(self, wanted: Source | FilterIndex) -> str:
        """The name of the parameter that lists the log groups."""
        if isinstance(wanted, Source) and (wanted.start or wanted.end):
            self.wide = True
        self.groups.append(wanted)
        return f"groups_{len(self.groups) - 1}"

    def add_table(self, use: TableUse) -> str:
        """The beginning of the names of the parameters that hold its columns."""
        self.tables.append(use)
        return f"table_{len(self.tables) - 1}"
