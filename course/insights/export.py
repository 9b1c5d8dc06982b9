"""A compiled query for Athena, Trino or Spark: the engine's own SQL functions spelled out.

The statement is a tree of sqlglot; what only DuckDB or this engine knows is replaced node by node,
then sqlglot writes the dialect. What has no counterpart is refused by name. Where the answers may
differ from the engine's: texts are ordered by code point (after them come numbers, as in `sort`);
`pct` and `median` are approximate; a JSON string "true" or "false" reads as 1 or 0; a key with a
dot in it is not found by `a.b`; only messages that are one JSON object have discovered fields;
events of one millisecond come in no particular order; regexes follow the dialect.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from course.insights.values import Sql, binary, case, cast, text_literal, try_cast

if TYPE_CHECKING:
    from course.insights.compile import Compiled

DIALECTS = ("athena", "spark", "trino")
_SYSTEM = {
    "@timestamp": "timestamp",
    "@ingestionTime": "ingestionTime",
    "@message": "message",
    "@logStream": "logStreamName",
    "#group": "logGroupName",
}


def exported(
    compiled: Compiled, dialect: str, table: str, columns: Mapping[str, str], account_id: str
) -> str:
    """The text of the statement; ValueError names what cannot be expressed."""
    if dialect not in DIALECTS:
        raise ValueError(f"dialect is one of {', '.join(DIALECTS)}, not {dialect!r}")
    unknown = set(columns) - set(_SYSTEM.values())
    if unknown:
        raise ValueError(f"No such column of log events: {', '.join(sorted(unknown))}")
    if compiled.parts:
        command = compiled.parts[0].name.rsplit("_", 1)[1]
        raise ValueError(f"`{command}` is not SQL: it cannot be exported")
    tree = _Export(compiled, dialect, columns, account_id).tree(table)
    return str(tree.sql(dialect=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE))


class _Export:
    def __init__(
        self, compiled: Compiled, dialect: str, columns: Mapping[str, str], account_id: str
    ) -> None:
        self.compiled = compiled
        self.dialect = dialect
        self.columns = columns
        self.account_id = account_id
        self.spark = dialect == "spark"
        self.made: dict[str, Sql] = {}  # columns of lists and structs, which are never made

    def tree(self, table: str) -> Sql:
        statement = self.compiled.tree.copy()  # its stages belong to the compiled query
        for cte in list(statement.find_all(exp.CTE)):
            if cte.alias.endswith("_bound"):
                cte.pop()
            else:
                self._plain_stage(cte)
        statement = statement.transform(self._replaced)
        for name, node in zip(self.compiled.columns, statement.expressions, strict=True):
            node.set("alias", exp.to_identifier(name, quoted=True))
        first = exp.CTE(
            this=self._events(table), alias=exp.TableAlias(this=exp.to_identifier("log_events"))
        )
        with_ = statement.ctes
        if with_:
            with_[0].parent.set("expressions", [first, *with_])
        return statement

    def _events(self, table: str) -> Sql:
        given = {name: self._column(key) for name, key in _SYSTEM.items()}
        named = [exp.alias_(sql, name, quoted=True) for name, sql in given.items()]
        order = exp.alias_(self._column("timestamp"), "#order", quoted=True)
        parts = [exp.to_identifier(part, quoted=True) for part in table.split(".")]
        if not 1 <= len(parts) <= 3 or not all(table.split(".")):
            raise ValueError(f"Not the name of a table: {table!r}")
        keys = ("this", "db", "catalog")
        return exp.select(*named, order).from_(
            exp.Table(**dict(zip(keys, reversed(parts), strict=False)))
        )

    def _column(self, key: str) -> Sql:
        if key in self.columns:
            return exp.column(self.columns[key], quoted=True)
        if key in ("timestamp", "message"):
            return exp.column(key, quoted=True)
        return cast(exp.Null(), "BIGINT" if key == "ingestionTime" else "VARCHAR")

    # stages -----------------------------------------------------------------------------------
    def _plain_stage(self, cte: Sql) -> None:
        """Drop what only makes DuckDB faster, and columns of lists and structs."""
        cte.set("materialized", None)
        select = cte.this
        if re.search(r"_(lead|rough)$", cte.alias):
            select.set("expressions", [exp.Star()])
        if re.search(r"_(nearest|near)$", cte.alias):
            select.set("where", None)
        if cte.alias.endswith("_checked"):  # events of a table have no places
            select.set("expressions", [exp.Star(), exp.alias_(exp.Null(), "#tied", quoted=True)])
        kept = []
        for node in select.expressions:
            name = node.alias if isinstance(node, exp.Alias) else ""
            if name in ("#found", "#found_late") or name.startswith("#captured"):
                self.made[name] = node.this
            else:
                kept.append(node)
        select.set("expressions", kept)

    def _replaced(self, node: Sql) -> Sql:
        if isinstance(node, exp.Placeholder):
            if node.name == "account_id":
                return text_literal(self.account_id)
            raise ValueError(f"The query's {node.name} time has no counterpart in {self.dialect}")
        if isinstance(node, exp.Column) and node.name in self.made:
            return self._part(node.name, exp.Literal.number(1))
        if isinstance(node, exp.Anonymous):
            return self._called(node)
        return node

    def _called(self, node: Sql) -> Sql:
        """The counterpart of a function, its arguments replaced already or on the way."""
        name, arguments = node.name.lower(), node.expressions
        if name in ("list_extract", "struct_extract") and arguments[0].name in self.made:
            inner = self._part(arguments[0].name, arguments[1])
        elif name in _SAME:
            replaced = [argument.transform(self._replaced) for argument in arguments]
            return exp.Anonymous(this=_SAME[name], expressions=replaced)
        elif name in _PORTABLE:
            inner = _PORTABLE[name](self.spark, *arguments)
        else:
            raise ValueError(
                f"`{name}` has no counterpart in {self.dialect}: it cannot be exported"
            )
        return inner.transform(self._replaced)

    def _part(self, column: str, which: Sql) -> Sql:
        source = self.made[column]
        if column.startswith("#found"):
            paths = source.expressions[1].expressions or [source.expressions[1]]
            return _json_scalar(paths[int(which.name) - 1].name)
        subject, regex, groups = source.expressions
        names = [group.name for group in groups.expressions]
        place = exp.Literal.number(names.index(which.name) + 1)
        return exp.RegexpExtract(this=subject.copy(), expression=regex.copy(), group=place)


def _json_scalar(pointer: str) -> Sql:
    message = exp.column("@message", quoted=True)
    return exp.JSONExtractScalar(this=message, expression=_json_path(pointer))


def _json_path(pointer: str) -> Sql:
    keys = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    steps = [
        exp.JSONPathSubscript(this=int(key)) if key.isdigit() else exp.JSONPathKey(this=key)
        for key in keys
    ]
    return exp.JSONPath(expressions=[exp.JSONPathRoot(), *steps])


# functions: the first argument says whether the dialect is Spark ----------------------------
def _leaf(spark: bool, value: Sql) -> Sql:
    true = (binary(exp.EQ, value, text_literal("true")), text_literal("1"))
    false = (binary(exp.EQ, value, text_literal("false")), text_literal("0"))
    return case([true, false], value)


def _dotted_leaf(spark: bool, nested: Sql, document: Sql, pointer: Sql, dotted: Sql) -> Sql:
    leaves = [_leaf(spark, nested), _leaf(spark, _json_scalar(pointer.name))]
    return exp.Anonymous(this="coalesce", expressions=leaves)


def _number(spark: bool, value: Sql) -> Sql:
    read = try_cast(value, "DOUBLE")
    read.set("safe", True)  # in Spark too: its plain CAST may raise an error
    return read


def _text(spark: bool, value: Sql) -> Sql:
    whole = binary(exp.EQ, value, exp.Floor(this=value.copy()))
    return case([(whole, cast(cast(value, "BIGINT"), "VARCHAR"))], cast(value, "VARCHAR"))


def _floor_to(spark: bool, time: Sql, step: Sql, origin: Sql) -> Sql:
    since = binary(exp.Sub, time, origin)
    rest = binary(exp.Mod, since, step)
    return binary(exp.Sub, time, rest)


def _time(spark: bool, value: Sql) -> Sql:
    if spark:
        return exp.Anonymous(this="timestamp_millis", expressions=[value.copy()])
    seconds = binary(exp.Div, cast(value, "DOUBLE"), exp.Literal.number(1000))
    return exp.Anonymous(this="from_unixtime", expressions=[seconds])


def _quantile(spark: bool, value: Sql, fraction: Sql) -> Sql:
    return exp.ApproxQuantile(this=value.copy(), quantile=fraction.copy())


def _contains(spark: bool, text: Sql, part: Sql) -> Sql:
    place = exp.StrPosition(this=text.copy(), substr=part.copy())
    return binary(exp.GT, place, exp.Literal.number(0))


def _matches(spark: bool, text: Sql, regex: Sql) -> Sql:
    return exp.RegexpLike(this=text.copy(), expression=regex.copy())


def _extract(spark: bool, text: Sql, regex: Sql, group: Sql) -> Sql:
    return exp.RegexpExtract(this=text.copy(), expression=regex.copy(), group=group.copy())


def _same_number(spark: bool, value: Sql, number: Sql) -> Sql:
    read = exp.Coalesce(
        this=binary(exp.EQ, _number(spark, value), number), expressions=[exp.false()]
    )
    return case([(_present(value), read)])


def _same_value(spark: bool, left: Sql, right: Sql) -> Sql:
    numbers = binary(exp.EQ, _number(spark, left), _number(spark, right))
    return exp.Coalesce(this=numbers, expressions=[binary(exp.EQ, left, right)])


def _before(spark: bool, left: Sql, right: Sql) -> Sql:
    numbers = binary(exp.LT, _number(spark, left), _number(spark, right))
    return exp.Coalesce(this=numbers, expressions=[binary(exp.LT, left, right)])


def _class(spark: bool, value: Sql) -> Sql:
    return case([(_present(value), _present(_number(spark, value)))])


def _present(value: Sql) -> Sql:
    return exp.Paren(
        this=exp.Not(this=exp.Paren(this=exp.Is(this=value.copy(), expression=exp.Null())))
    )


def _itself(spark: bool, value: Sql) -> Sql:
    return value.copy()


_SAME = {
    **{name: name for name in ("abs", "ceil", "floor", "round", "sqrt", "ln", "lower", "upper")},
    **{name: name for name in ("coalesce", "nullif", "replace", "length", "avg", "sum", "min")},
    **{name: name for name in ("max", "stddev_pop", "stddev_samp", "var_pop", "starts_with")},
    **{name: name for name in ("from_unixtime", "timestamp_millis")},
    **{name: name for name in ("greatest", "least", "pow", "radians", "sin", "cos", "asin")},
}
_PORTABLE: dict[str, Callable[..., Sql]] = {
    "json_leaf": _leaf,
    "dotted_leaf": _dotted_leaf,
    "as_number": _number,
    "finite": _itself,
    "number_text": _text,
    "floor_to": _floor_to,
    "epoch_ms": _time,
    "quantile_disc": _quantile,
    "contains": _contains,
    "regexp_matches": _matches,
    "regexp_extract": _extract,
    "same_number": _same_number,
    "same_value": _same_value,
    "before_value": _before,
    "sort_class": _class,
    "sort_rest": _itself,
    "sort_text": _itself,
    "arg_min": lambda spark, value, key: exp.ArgMin(this=value.copy(), expression=key.copy()),
    "arg_max": lambda spark, value, key: exp.ArgMax(this=value.copy(), expression=key.copy()),
    "fmod": lambda spark, left, right: binary(exp.Mod, left, right),
}
