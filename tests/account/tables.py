"""Tables for the tests of DynamoDB, and items of an exact size."""

from __future__ import annotations

from typing import Any

from boto3.dynamodb.types import TypeSerializer

from course.telemetry.tables.sizes import item_size

_serialize = TypeSerializer().serialize


def attributes(**values: Any) -> dict[str, Any]:
    """An item or a key as a client takes it, from plain Python values."""
    return {name: _serialize(value) for name, value in values.items()}


def item(bytes: int = 0, **values: Any) -> dict[str, Any]:
    """An item of exactly so many bytes: what is missing is padded in the attribute p."""
    found = attributes(**values)
    if bytes:
        padding = bytes - item_size(found) - len("p")
        assert padding >= 0, f"{values} alone has more than {bytes} bytes"
        found["p"] = {"S": "x" * padding}
    return found


def create(
    dynamodb: Any,
    name: str = "t",
    keys: tuple[str, ...] = ("pk",),
    *,
    capacity: tuple[int, int] | None = None,
    **more: Any,
) -> str:
    """A table with keys of strings, on demand unless (read, write) capacity is given."""
    kinds = ("HASH", "RANGE")
    indexes = [*more.get("GlobalSecondaryIndexes", []), *more.get("LocalSecondaryIndexes", [])]
    named = {*keys, *(key["AttributeName"] for each in indexes for key in each["KeySchema"])}
    billing: dict[str, Any] = {"BillingMode": "PAY_PER_REQUEST"}
    if capacity is not None:
        billing = {"ProvisionedThroughput": throughput(*capacity)}
    dynamodb.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)
        ],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in sorted(named)],
        **billing,
        **more,
    )
    return name


def throughput(read: int, write: int) -> dict[str, int]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def index(
    name: str,
    *keys: str,
    projects: str | list[str] = "ALL",
    capacity: tuple[int, int] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An entry of a list of indexes; projects: ALL, KEYS_ONLY, or the attributes included."""
    projection: dict[str, Any] = {"ProjectionType": projects}
    if isinstance(projects, list):
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": projects}
    if capacity is not None:
        more["ProvisionedThroughput"] = throughput(*capacity)
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
        "Projection": projection,
        **more,
    }
