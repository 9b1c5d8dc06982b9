"""Requests to tables that arrive by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course.account import asking, operations
from course.account.asking import Result
from course.account.region import Region
from course.account.tables.values import wire

ON_ITEMS = ("tables.reading", "tables.pages", "tables.writing", "tables.transactions")


def sender(region: Region, target: str) -> Callable[[dict[str, Any]], Result]:
    """What sends parameters to an operation, named as "dynamodb:PutItem"; ValueError."""
    operation = target.partition(":")[2]
    if operations.OURS["dynamodb"].get(operation) not in ON_ITEMS:
        raise ValueError(f"{target} is no operation on items; write it as dynamodb:PutItem.")
    return lambda parameters: asking.ask(region, "dynamodb", operation, wire(parameters))
