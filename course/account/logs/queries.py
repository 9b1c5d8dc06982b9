"""Logs Insights through the API: start, poll, stop, describe, and saved queries.

Follows StartQuery and GetQueryResults of the CloudWatch Logs API reference. The query is run when
it is started, so a malformed one is refused there; as on AWS the answer is asynchronous: the first
GetQueryResults says Running and has no rows yet, the next one Complete. Times are epoch seconds,
both ends inclusive (the end's whole second); values too large for that are taken as milliseconds.
The groups come from the request or from the query's SOURCE, not from both. Saved queries may be
called by their names (`$name(...)`). Left out: OpenSearch SQL and PPL, results' expiry after seven
days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from course.account.errors import AwsError, NotSimulated
from course.account.logs.groups import name_from
from course.account.logs.lookup_tables import rows_by_name
from course.account.logs.store import Event, Group
from course.account.paging import page, page_token, paged
from course.account.region import Region

Parameters = dict[str, Any]
PAGE = 10_000
GROUPS_AT_ONCE = 50
# How many sets of groups stay prepared for the next query.
KEPT = 4
# The largest epoch second that is still before the year 5138; more must be milliseconds.
LARGEST_SECOND = 10**11
SYNONYMS = ("logGroupName", "logGroupNames", "logGroupIdentifiers")


@dataclass
class Query:
    """A query that was started: its result, and how far its state has been told."""

    id: str
    text: str
    groups: list[str]
    start: int
    end: int
    created: int
    rows: list[dict[str, str]]
    statistics: dict[str, float]
    status: str = "Running"

    def recorded_text(self) -> str:
        """The query as DescribeQueries shows it, with its groups and range in ms."""
        if self.text.lstrip().lower().startswith("source"):
            return self.text
        groups = ", ".join(f'"{name}"' for name in self.groups)
        return f"SOURCE {groups} START={self.start} END={self.end} | {self.text}"


def start_query(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    _refuse_other_languages(parameters)
    asked = _asked(region, parameters["queryString"])
    groups = _groups(region, parameters, asked.head)
    start = milliseconds(parameters["startTime"])
    end = milliseconds(parameters["endTime"], end=True)
    if end < start:
        message = f"Query's end date and time is before its start date and time: {start} > {end}"
        raise AwsError("InvalidParameterException", message)
    limit = parameters.get("limit", PAGE)
    result = _run(region, parameters["queryString"], groups, (start, end), limit, asked.beyond)
    query = Query(
        id=region.new_id(),
        text=parameters["queryString"],
        groups=[group.name for group in groups],
        start=start,
        end=end,
        created=region.now,
        rows=result.rows,
        statistics={**result.statistics, "logGroupsScanned": float(len(groups))},
    )
    region.queries[query.id] = query
    return {"queryId": query.id}


def milliseconds(at: int, *, end: bool = False) -> int:
    """An end of the time range in epoch ms; `end`: the last millisecond of that second."""
    if at >= LARGEST_SECOND:
        return at
    return at * 1000 + (999 if end else 0)


def _refuse_other_languages(parameters: Parameters) -> None:
    language = parameters.get("queryLanguage", "CWLI")
    if language != "CWLI":
        instead = "Write the query in Logs Insights QL (queryLanguage CWLI)."
        raise NotSimulated(f"logs:StartQuery in {language}", instead)


def _asked(region: Region, text: str) -> Any:
    """What the query's own SOURCEs say."""
    from course.insights.asks import asked_groups

    with _as_aws_says_it(region):
        return asked_groups(
            text, _catalog(region), saved=_saved(region), account_id=region.account_id
        )


def _catalog(region: Region) -> dict[str, dict[str, Any]]:
    """What SOURCE may know of each log group."""
    groups = region.logs.groups
    return {name: {"class": g.log_class, "tags": g.tags} for name, g in groups.items()}


def _saved(region: Region) -> dict[str, Any]:
    """The saved queries, by name, with the defaults of their parameters."""
    return {
        each["name"]: {
            "query": each["queryString"],
            "parameters": {p["name"]: p.get("defaultValue") for p in each.get("parameters", [])},
        }
        for each in region.query_definitions.values()
    }


def _groups(region: Region, parameters: Parameters, source: list[str] | None) -> list[Group]:
    given = [name for name in SYNONYMS if parameters.get(name)]
    if source is not None:
        if given:
            message = f"{given[0]} cannot be specified when the query has a SOURCE command."
            raise AwsError("InvalidParameterException", message)
        return [region.logs.groups[name] for name in source]
    if len(given) != 1:
        message = f"Exactly one of {', '.join(SYNONYMS)} must be specified in the request."
        raise AwsError("InvalidParameterException", message)
    named = parameters[given[0]]
    identifiers = [named] if isinstance(named, str) else named
    if len(identifiers) > GROUPS_AT_ONCE:
        message = f"A query can have at most {GROUPS_AT_ONCE} log groups."
        raise AwsError("InvalidParameterException", message)
    return [_group(region, name_from(region, each)) for each in dict.fromkeys(identifiers)]


def _group(region: Region, name: str) -> Group:
    group = region.logs.groups.get(name)
    if group is None:
        message = f"Log group '{name}' does not exist for account ID '{region.account_id}'"
        raise AwsError("ResourceNotFoundException", message)
    return group


def _run(
    region: Region,
    text: str,
    groups: list[Group],
    span: tuple[int, int],
    limit: int,
    beyond: bool,
) -> Any:
    """beyond: a query inside reads other groups, so that all are searched."""
    from course import insights

    searched = list(region.logs.groups.values()) if beyond else groups
    visible = min((group.oldest_visible(region.now) for group in searched), default=0)
    with _as_aws_says_it(region):
        return insights.search(
            text,
            _searched(region, searched).prepared,
            start=max(span[0], visible),
            end=span[1],
            limit=limit,
            now=region.now,
            account_id=region.account_id,
            groups=[group.name for group in groups] if beyond else None,
            tables=rows_by_name(region),
            saved=_saved(region),
            catalog=_catalog(region),
        )


@contextmanager
def _as_aws_says_it(region: Region) -> Iterator[None]:
    """A refused query as the error that StartQuery gives."""
    from course.insights import errors

    try:
        yield
    except errors.NoLogGroup as error:
        message = f"{error.message} for account ID '{region.account_id}'"
        raise AwsError("ResourceNotFoundException", message) from None
    except errors.QueryError as error:
        location = {"startCharOffset": error.start, "endCharOffset": error.end}
        raise AwsError(
            "MalformedQueryException",
            str(error),
            queryCompileError={"location": location, "message": error.message},
        ) from None


@dataclass(frozen=True)
class Searched:
    """The events of some groups, as they were stored and as the engine wants them."""

    stored: list[Event]
    prepared: Any


def _searched(region: Region, groups: list[Group]) -> Searched:
    """The groups' visible events, prepared once and kept until one of the groups changes."""
    key = tuple((group.name, group.version, group.oldest_visible(region.now)) for group in groups)
    cache = region.searched
    if key not in cache:
        while len(cache) >= KEPT:
            cache.pop(next(iter(cache)))
        from course import insights

        stored = [event for group in groups for event in group.read(region.now, None, None)]
        cache[key] = Searched(stored, insights.Events(stored))
    found: Searched = cache[key]
    return found


def event_behind(region: Region, pointer: str) -> Event:
    """The event that an `@ptr` of a result points to."""
    from course import insights

    try:
        place = insights.locate(pointer)
    except ValueError:
        message = "The specified log record pointer is invalid."
        raise AwsError("InvalidParameterException", message) from None
    for searched in reversed(region.searched.values()):
        if place.position < len(searched.stored):
            event: Event = searched.stored[place.position]
            if _identity(event) == (place.timestamp, place.group, place.stream):
                return event
    group = region.logs.groups.get(place.group)
    for event in group.read(region.now, place.timestamp, place.timestamp + 1) if group else ():
        if event["logStreamName"] == place.stream:
            return event
    raise AwsError("ResourceNotFoundException", "The specified log record does not exist.")


def _identity(event: Event) -> tuple[int, str, str]:
    return event["timestamp"], event["logGroupName"], event["logStreamName"]


def get_query_results(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    query = _query(region, parameters["queryId"])
    if query.status == "Running":
        query.status = "Complete"
        return _results(query, [], "Running", None)
    limit = parameters.get("maxItems") or PAGE
    rows, token = page(query.rows, parameters.get("nextToken"), limit)
    return _results(query, rows, query.status, token)


def _results(query: Query, rows: Any, status: str, token: str | None) -> dict[str, Any]:
    return {
        "queryLanguage": "CWLI",
        "results": [[{"field": k, "value": v} for k, v in row.items()] for row in rows],
        "statistics": query.statistics if status == "Complete" else {},
        "status": status,
        **page_token("nextToken", token),
    }


def _query(region: Region, query_id: str) -> Query:
    query: Query | None = region.queries.get(query_id)
    if query is None:
        message = f"The query {query_id} does not exist."
        raise AwsError("ResourceNotFoundException", message)
    return query


def stop_query(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    query = _query(region, parameters["queryId"])
    if query.status != "Running":
        message = f"Query cannot be stopped. Query is in {query.status} state."
        raise AwsError("InvalidParameterException", message)
    query.status, query.rows = "Cancelled", []
    return {"success": True}


def describe_queries(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    name, status = parameters.get("logGroupName"), parameters.get("status")
    found = [
        {
            "queryLanguage": "CWLI",
            "queryId": query.id,
            "queryString": query.recorded_text(),
            "status": query.status,
            "createTime": query.created,
            **({"logGroupName": query.groups[0]} if query.groups else {}),
        }
        for query in reversed(region.queries.values())
        if (not name or name in query.groups) and status in (None, query.status)
    ]
    return paged("queries", found, parameters, "nextToken", parameters.get("maxResults", 1000))


def put_query_definition(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    _refuse_other_languages(parameters)
    key = parameters.get("queryDefinitionId")
    if key and key not in region.query_definitions:
        message = "The specified query definition does not exist."
        raise AwsError("ResourceNotFoundException", message)
    key = key or region.new_id()
    region.query_definitions[key] = {
        "queryLanguage": "CWLI",
        "queryDefinitionId": key,
        "name": parameters["name"],
        "queryString": parameters["queryString"],
        "lastModified": region.now,
        "logGroupNames": parameters.get("logGroupNames", []),
        **({"parameters": parameters["parameters"]} if parameters.get("parameters") else {}),
    }
    return {"queryDefinitionId": key}


def describe_query_definitions(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    prefix = parameters.get("queryDefinitionNamePrefix", "")
    definitions = region.query_definitions.values()
    found = [each for each in definitions if each["name"].startswith(prefix)]
    return paged(
        "queryDefinitions", found, parameters, "nextToken", parameters.get("maxResults", 1000)
    )


def delete_query_definition(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    if region.query_definitions.pop(parameters["queryDefinitionId"], None) is None:
        message = "The specified query definition does not exist."
        raise AwsError("ResourceNotFoundException", message)
    return {"success": True}
