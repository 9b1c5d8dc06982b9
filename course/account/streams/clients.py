"""Requests to streams that arrive by themselves: producers and consumers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from course.account import asking
from course.account.asking import Result
from course.account.region import Region

ON_RECORDS = ("PutRecord", "PutRecords", "GetShardIterator", "GetRecords")


def sender(region: Region, target: str) -> Callable[[dict[str, Any]], Result]:
    """What sends parameters to an operation, named as "kinesis:PutRecord"; ValueError."""
    operation = target.partition(":")[2]
    if operation not in ON_RECORDS:
        raise ValueError(f"{target} is no operation on records; write it as kinesis:PutRecord.")
    return lambda parameters: asking.ask(region, "kinesis", operation, parameters)
