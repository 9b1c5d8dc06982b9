"""The growing SQL of a query: one common table expression per stage, and the names seen so far.

Column names of the SQL are kept apart from the names of the query: DuckDB ignores letter case and
Logs Insights does not, and a name may mean a raw field in one stage and an alias in the next.
Rules for names (documentation and messages of the service): a name is made once, `Ephemeral field
is already defined`; after `stats` only its own names exist, `Unknown symbols found in or
after stats`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from course.insights import fields, nodes
from course.insights.errors import QueryError, nearest
from course.insights.options import Options
from course.insights.values import Kind, Sql, Value, call, missing, sort_keys

ORDER = "#order"  # rises with the time of the events; ties in the order they were given

HIDDEN = (ORDER, "#group", "#position", "#json", "#found")


@dataclass(frozen=True)
class Ordering:
    """A key to order by. rough: a cheaper one that never contradicts it, but leaves more ties."""

    sql: Sql
    descending: bool
    rough: Sql | None = None

    def node(self, nulls_first: bool) -> Sql:
        return exp.Ordered(this=self.sql.copy(), desc=self.descending, nulls_first=nulls_first)


def orderings(
    value: Value, span: nodes.Span, where: str, descending: bool = False
) -> list[Ordering]:
    """How a value is put in order: of texts all non-numbers first, then numbers ("sort")."""
    *keys, last = sort_keys(value, span, where)
    rough = call("sort_head", value.sql) if keys else None
    return [*(Ordering(key, descending) for key in keys), Ordering(last, descending, rough)]


def column(name: str) -> Sql:
    return exp.column(name, quoted=True)


# sqlglot takes the next two as text as well, but then it parses them, which is slow.
def table(name: str) -> Sql:
    return exp.Table(this=exp.to_identifier(name))


def limited(select: Sql, count: int) -> Sql:
    return select.limit(exp.Literal.number(count), copy=False)


@dataclass
class Pipeline:
    """What the stages so far have made. `stages` holds (name, SELECT) in order."""

    options: Options
    stages: list[tuple[str, Sql]] = field(default_factory=list)
    made: dict[str, Value] = field(default_factory=dict)
    discovered: dict[tuple[str, ...], str] = field(default_factory=dict)
    ordering: list[Ordering] = field(default_factory=list)
    aggregated: bool = False
    listed: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    displayed: list[str] | None = None
    counted: str | None = None
    bin_column: str | None = None
    written: dict[str, nodes.Field] = field(default_factory=dict)
    _columns: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ordering = [Ordering(column(ORDER), True)]
        self._columns = {name.lower() for name in (*fields.SYSTEM, *HIDDEN)}

    # stages ---------------------------------------------------------------------------------
    @property
    def last(self) -> str:
        return self.stages[-1][0] if self.stages else "events"

    @property
    def before_cut(self) -> str:
        """The stage before rows first go away or are summed up; else the last one."""
        return self.counted or self.last

    def add_stage(self, kind: str, select: Sql) -> None:
        self.stages.append((f"stage_{len(self.stages) + 1}_{kind}", select))

    def select(self, *expressions: Sql) -> Sql:
        """SELECT everything so far and `expressions`, from the stage before."""
        return exp.select(exp.Star(), *expressions).from_(table(self.last))

    def order_by(self, select: Sql) -> Sql:
        return select.order_by(
            *(o.node(self.options.nulls_first) for o in self.ordering), copy=False
        )

    def rough_order(self) -> list[Sql]:
        """The keys up to the first that has a rough form, in that form; none if none has."""
        for i, key in enumerate(self.ordering):
            if key.rough is not None:
                keys = [*self.ordering[:i], Ordering(key.rough, key.descending)]
                return [each.node(self.options.nulls_first) for each in keys]
        return []

    # names ----------------------------------------------------------------------------------
    def new_column(self, name: str) -> str:
        """An SQL column name that is still free, like `name` where possible."""
        candidate, count = name, 1
        while candidate.lower() in self._columns:
            count += 1
            candidate = f"{name}_{count}"
        self._columns.add(candidate.lower())
        return candidate

    def define(self, name: str, value: Value, span: nodes.Span) -> Sql:
        """Give `name` a meaning; returns the aliased expression for the SELECT list."""
        self.refuse_second(name, span)
        made = self.new_column(name)
        self.made[name] = Value(column(made), value.kind)
        return exp.alias_(value.sql.copy(), made, quoted=True)

    def refuse_second(self, name: str, span: nodes.Span) -> None:
        if name in self.made:
            raise defined_twice(name, span)

    def resolve(self, node: nodes.Field) -> Value:
        """What a name means here: made by a stage, a system field, or found in the event."""
        self.written.setdefault(node.name, node)
        if node.name in self.made:
            return self.made[node.name]
        if self.aggregated:
            if node.name == "@timestamp" and self.bin_column is not None:
                return self.made[self.bin_column]
            raise self._unknown(node)
        if node.name in fields.SYSTEM:
            return fields.system_field(node.name)
        if node.name in fields.LAMBDA:
            value = fields.lambda_field(node.name, self.options)
            return Value(column(self._raw(node.parts)), value.kind)
        if node.name.startswith("@") and not node.name.startswith("@@"):
            return missing()
        return Value(column(self._raw(node.parts)), Kind.ANY)

    def _raw(self, parts: tuple[str, ...]) -> str:
        if parts not in self.discovered:
            self.discovered[parts] = self.new_column(".".join(parts))
        return self.discovered[parts]

    def _unknown(self, node: nodes.Field) -> QueryError:
        return QueryError(
            f"Unknown symbols found in or after stats: {node.name}",
            span=node.span,
            expected=[f"`{name}`" for name in self.made][:6],
            suggestion=nearest(node.name, self.made),
            example="stats max(@duration) as slowest by @log | sort slowest desc",
        )

    def written_name(self, text: str) -> Value | None:
        """After `stats`, an expression written as before means its column: `count(*)`."""
        return self.made.get(text) if self.aggregated else None

    def named(self, name: str) -> Value:
        """The value of an output column: a name that a stage made, or a field as first written."""
        return self.resolve(self.written.get(name) or nodes.Field((name,), (0, 0)))

    # output ---------------------------------------------------------------------------------
    def output(self) -> list[str]:
        """The columns that come out: the last `display`, else all `fields`, else the default."""
        if self.displayed is not None:
            names = self.displayed
        elif self.listed:
            names = self.listed + self.extra
        else:
            names = ["@timestamp", "@message", *self.extra]
        return list(dict.fromkeys(names))


def defined_twice(name: str, span: nodes.Span) -> QueryError:
    plain = name if name.replace("_", "").isalnum() else "total"
    return QueryError(
        f"Ephemeral field is already defined: {name} ([{span[0]},{span[1]}])",
        span=span,
        example=f"fields {plain} + 1 as {plain}2",
    )
