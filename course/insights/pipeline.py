"""The growing SQL of a query: one common table expression per stage, and the names seen so far.

Column names of the SQL are kept apart from the names of the query: DuckDB ignores letter case and
Logs Insights does not, and a name may mean a raw field in one stage and an alias in the next.
Rules for names (documentation and messages of the service): a name is made once, `Ephemeral field
is already defined`; after `stats` only its own names exist, `Unknown symbols found in or
after stats`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sqlglot import exp

from course.insights import fields, nodes
from course.insights.errors import QueryError, nearest
from course.insights.nested import of_document, reach
from course.insights.options import Options
from course.insights.seam import Cut, Step
from course.insights.shared import Shared
from course.insights.table_nodes import Source
from course.insights.values import CONTAINERS, Kind, Sql, Value, binary, call, missing, sort_keys

ORDER = "#order"  # rises with the time of the events; ties in the order they were given

HIDDEN = (ORDER, "#group", "#position", "#json", "#found", "#found_late")


@dataclass(frozen=True)
class Ordering:
    """A key to order by. lead: the text whose beginning gives a cheaper key, with more ties."""

    sql: Sql
    descending: bool
    lead: Sql | None = None

    def node(self, nulls_first: bool) -> Sql:
        return exp.Ordered(this=self.sql.copy(), desc=self.descending, nulls_first=nulls_first)


def orderings(
    value: Value, span: nodes.Span, where: str, descending: bool = False
) -> list[Ordering]:
    """How a value is put in order: of texts all non-numbers first, then numbers ("sort")."""
    *keys, last = sort_keys(value, span, where)
    lead = value.sql if keys else None
    return [*(Ordering(key, descending) for key in keys), Ordering(last, descending, lead)]


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
    expanded: set[str] = field(default_factory=set)  # names that a stage gave a new meaning
    early: frozenset[tuple[str, ...]] = frozenset()  # fields that the leading filters name
    rough: Sql | None = None  # what every message that the leading filters let pass meets
    leading: str | None = None  # the stage of the last leading filter
    written: dict[str, nodes.Field] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)
    prefix: str = ""  # of an inner query's common table expressions
    source: Source | None = None
    groups: str | None = None  # the parameter that lists the log groups to read
    scopes: dict[str, Callable[[nodes.Field], Value]] = field(default_factory=dict)  # `a` of `a.x`
    summary: nodes.Stats | None = None  # the last one
    unlisted: list[str] = field(default_factory=list)  # shown until a `fields` lists something
    cuts: list[Cut] = field(default_factory=list)  # where Python works between two parts of SQL
    pattern: Step | None = None  # the step of `pattern`
    ties_checked: bool = False  # the order is certain without the places of the events
    _columns: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.ordering = [Ordering(column(ORDER), True)]
        self._columns = {name.lower() for name in (*fields.SYSTEM, *HIDDEN)}

    # stages ---------------------------------------------------------------------------------
    @property
    def last(self) -> str:
        if self.cuts and self.cuts[-1].place == len(self.stages):
            return self.cuts[-1].name
        return self.stages[-1][0] if self.stages else self.prefix + "events"

    @property
    def before_cut(self) -> str:
        """The stage before rows first go away or are summed up; else the last one."""
        return self.counted or self.last

    def add_stage(self, kind: str, select: Sql) -> None:
        self.stages.append((f"{self.prefix}stage_{len(self.stages) + 1}_{kind}", select))

    def add_step(self, kind: str, step: Step) -> None:
        """A stage in Python; the stages after it read the table that it makes (see `seam`)."""
        name = f"{self.prefix}step_{len(self.cuts) + 1}_{kind}"
        self.cuts.append(Cut(name, step, len(self.stages)))

    def select(self, *expressions: Sql) -> Sql:
        """SELECT everything so far and `expressions`, from the stage before."""
        return exp.select(exp.Star(), *expressions).from_(table(self.last))

    def order_by(self, select: Sql) -> Sql:
        if not self.ordering:
            return select
        return select.order_by(
            *(o.node(self.options.nulls_first) for o in self.ordering), copy=False
        )

    def order_by_reverse(self, select: Sql) -> Sql:
        """Last row first, to cut from the end."""
        back = [Ordering(key.sql, not key.descending) for key in self.ordering]
        nodes_ = [key.node(not self.options.nulls_first) for key in back]
        return select.order_by(*nodes_, copy=False) if nodes_ else select

    def over(self, function: Sql, partition: Iterable[Sql] = (), frame: Sql | None = None) -> Sql:
        """A window function over the rows in their present order."""
        keys = [key.node(self.options.nulls_first) for key in self.ordering]
        return exp.Window(
            this=function,
            partition_by=[each.copy() for each in partition],
            order=exp.Order(expressions=keys) if keys else None,
            spec=frame,
        )

    def add_rough_key(self) -> str | None:
        """Add a column that rises in the order of the rows, made of the keys up to the first that
        has a lead, and of that; it costs less than the keys and leaves more ties. Its name, or
        None when no key has a lead."""
        place = next((i for i, key in enumerate(self.ordering) if key.lead is not None), None)
        if place is None:
            return None
        key = self.ordering[place]
        words, whole, made = map(self.new_column, ("#words", "#lead", "#rough"))
        begun = [("lead_words", words), ("lead", whole)]
        is_number = self.ordering[place - 2].sql  # see `orderings`
        parts = [
            exp.alias_(call(name, is_number, key.lead), kept, quoted=True) for name, kept in begun
        ]
        self.add_stage("lead", self.select(*parts))
        of_lead = (
            call("lead_key", column(words), column(whole)),
            binary(exp.Sub, call("length", column(whole)), call("length", column(words))),
            column(whole),
        )
        keys = [*self.ordering[:place], *(Ordering(sql, key.descending) for sql in of_lead)]
        rough = call("create_sort_key", *(part for key in keys for part in self._sort_key(key)))
        self.add_stage("rough", self.select(exp.alias_(rough, made, quoted=True)))
        return made

    def _sort_key(self, key: Ordering) -> tuple[Sql, Sql]:
        nulls = "FIRST" if self.options.nulls_first else "LAST"
        way = f"{'DESC' if key.descending else 'ASC'} NULLS {nulls}"
        return key.sql, exp.Literal.string(way)

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
        return self.redefine(name, value)

    def redefine(self, name: str, value: Value) -> Sql:
        """The same for a name that may have had a meaning before."""
        made = self.new_column(name)
        if value.document is not None:
            self.made[name] = of_document(column(made))
            return exp.alias_(value.document.copy(), made, quoted=True)
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
        side = self.scopes.get(node.parts[0]) if len(node.parts) > 1 else None
        if side is not None:
            return side(nodes.Field(node.parts[1:], node.span))
        inside = self._inside(node)
        if inside is not None:
            return inside
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

    def _inside(self, node: nodes.Field) -> Value | None:
        """`map.key` and `list[0]` of a map or list that a stage made."""
        for split in range(len(node.parts) - 1, 0, -1):
            whole = self.made.get(".".join(node.parts[:split]))
            if whole and (whole.kind in CONTAINERS or whole.document is not None):
                return reach(whole, node.parts[split:])
        return None

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

    def start_over(self, made: dict[str, Value], shown: list[str]) -> None:
        """From here on the rows are no events any more, and only these names exist."""
        self.made, self.aggregated = made, True
        self.listed, self.extra, self.unlisted = shown, [], []
        self.displayed, self.bin_column, self.summary = None, None, None
        self.scopes, self.ordering = {}, []

    # output ---------------------------------------------------------------------------------
    def output(self) -> list[str]:
        """The columns that come out: the last `display`, else all `fields`, else the default."""
        if self.displayed is not None:
            names = self.displayed
        elif self.listed:
            names = self.listed + self.unlisted + self.extra
        else:
            names = ["@timestamp", "@message", *self.unlisted, *self.extra]
        return list(dict.fromkeys(names))


def defined_twice(name: str, span: nodes.Span, instead: str | None = None) -> QueryError:
    """instead: what to write, when the second definition only names what is there."""
    plain = name if name.replace("_", "").isalnum() else "total"
    return QueryError(
        f"Ephemeral field is already defined: {name} ([{span[0]},{span[1]}])",
        span=span,
        example=instead or f"fields {plain} + 1 as {plain}2",
    )
