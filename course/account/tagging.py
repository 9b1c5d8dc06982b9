"""Tags as requests and answers list them, `[{"Key": ..., "Value": ...}]`, and as they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def kept(listed: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Listed tags by their keys; a request without tags has none."""
    return {each["Key"]: each["Value"] for each in listed or ()}


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as an answer lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def add(tags: dict[str, str], parameters: Mapping[str, Any]) -> None:
    """What TagResource does to a resource's tags."""
    tags.update(kept(parameters["Tags"]))


def remove(tags: dict[str, str], parameters: Mapping[str, Any]) -> None:
    """What UntagResource does to a resource's tags; keys that it lacks are passed over."""
    for key in parameters["TagKeys"]:
        tags.pop(key, None)
