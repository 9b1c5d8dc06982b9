"""Records of a table's stream: one for each item that a write really changed.

Follows the developer guide's "Change data capture for DynamoDB Streams": a write that changes
nothing writes no record; an item that expired carries who deleted it. Left out: the 24 hours after
which records disappear, and shards that are replaced; a stream has one shard here.
"""

from __future__ import annotations

import copy

from moto.dynamodb.models.dynamo_type import Item

from course.account.tables.store import Table

TTL_IDENTITY = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def record(
    table: Table, before: Item | None, after: Item | None, *, identity: dict[str, str] | None = None
) -> None:
    """Add a change to the table's stream, if it has one that is on."""
    shard = table.moto.stream_shard
    enabled = (table.moto.stream_specification or {}).get("StreamEnabled")
    if shard is None or not enabled:
        return
    shard.add(before, copy.deepcopy(after))
    if shard.items:
        added = shard.items[-1].record
        added["awsRegion"] = table.moto.region_name
        if identity is not None:
            added["userIdentity"] = dict(identity)
