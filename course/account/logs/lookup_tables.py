"""Lookup tables for `lookup` and `cidrlookup` in Logs Insights queries.

Follows CreateLookupTable and its neighbours in the CloudWatch Logs API reference and the botocore
model logs/2014-03-28: a name of letters, digits and underscores, a CSV text of at most 10 MB whose
first line names the columns, 100 tables per account and Region. Left out: tables made of a query's
results (`queryId`), KMS keys and tags.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from course.account.errors import AwsError, NotSimulated
from course.account.paging import paged
from course.account.region import Region

Parameters = dict[str, Any]
MOST_BYTES = 10 * 1024 * 1024
MOST_TABLES = 100
_NOT_KEPT = ("queryId", "kmsKeyId", "tags")


def create_lookup_table(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    name = parameters["lookupTableName"]
    if not re.fullmatch(r"[A-Za-z0-9_]{1,256}", name):
        raise _invalid("A lookup table name holds letters, digits and underscores only.")
    if name in region.lookup_tables:
        message = "A lookup table with this name already exists."
        raise AwsError("ResourceAlreadyExistsException", message)
    if len(region.lookup_tables) >= MOST_TABLES:
        raise AwsError("LimitExceededException", f"There are {MOST_TABLES} lookup tables already.")
    region.lookup_tables[name] = _table(region, name, parameters)
    return {"lookupTableArn": _arn(region, name), "createdAt": region.now}


def update_lookup_table(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    table = _found(region, parameters)
    name = table["lookupTableName"]
    region.lookup_tables[name] = _table(region, name, {**table, **parameters})
    return {"lookupTableArn": _arn(region, name), "lastUpdatedTime": region.now}


def describe_lookup_tables(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    prefix = parameters.get("lookupTableNamePrefix", "")
    found = [
        {key: value for key, value in table.items() if key != "tableBody"}
        for name, table in sorted(region.lookup_tables.items())
        if name.startswith(prefix)
    ]
    return paged("lookupTables", found, parameters, "nextToken", parameters.get("maxResults", 50))


def get_lookup_table(region: Region, parameters: Parameters) -> Mapping[str, Any]:
    table = _found(region, parameters)
    return {k: v for k, v in table.items() if k not in ("tableFields", "recordsCount")}


def delete_lookup_table(region: Region, parameters: Parameters) -> None:
    del region.lookup_tables[_found(region, parameters)["lookupTableName"]]


def rows_by_name(region: Region) -> dict[str, list[dict[str, str]]]:
    """Every lookup table as a query reads it: its rows, each with the columns' names."""
    return {name: _rows(table["tableBody"]) for name, table in region.lookup_tables.items()}


def _rows(body: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body)))


def _arn(region: Region, name: str) -> str:
    return region.arn("logs", f"lookup-table:{name}")


def _found(region: Region, parameters: Parameters) -> dict[str, Any]:
    for name, table in region.lookup_tables.items():
        if parameters["lookupTableArn"] in (name, _arn(region, name)):
            found: dict[str, Any] = table
            return found
    raise AwsError("ResourceNotFoundException", "The specified lookup table does not exist.")


def _table(region: Region, name: str, parameters: Parameters) -> dict[str, Any]:
    for each in _NOT_KEPT:
        if parameters.get(each):
            raise NotSimulated(f"{each} of a lookup table", "Give the CSV text as tableBody.")
    body = parameters.get("tableBody") or ""
    size = len(body.encode("utf-8"))
    header, *rows = [row for row in csv.reader(io.StringIO(body)) if row] or [[]]
    if size > MOST_BYTES:
        raise _invalid("A lookup table has at most 10 MB.")
    if not header or len(set(header)) < len(header) or any(len(r) != len(header) for r in rows):
        raise _invalid("tableBody is CSV: a line of column names, then rows with as many values.")
    about = {"description": parameters["description"]} if parameters.get("description") else {}
    return {
        "lookupTableArn": _arn(region, name),
        "lookupTableName": name,
        **about,
        "tableBody": body,
        "tableFields": header,
        "recordsCount": len(rows),
        "sizeBytes": size,
        "lastUpdatedTime": region.now,
    }


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterException", message)
