"""Pages of a list: the token is the place where the next page begins."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from course.account.errors import AwsError

Item = TypeVar("Item")


def page(
    items: Sequence[Item],
    token: str | None,
    limit: int,
    *,
    invalid: str = "InvalidParameterException",
) -> tuple[Sequence[Item], str | None]:
    """One page and the token of the next; None after the last. `invalid`: the error's code."""
    start = _read(token, invalid) if token else 0
    end = start + limit
    return items[start:end], _write(end) if end < len(items) else None


def paged(
    member: str,
    items: Sequence[Any],
    parameters: Mapping[str, Any],
    token: str,
    limit: int,
    *,
    invalid: str = "InvalidParameterException",
) -> dict[str, Any]:
    """An answer that is one page under `member`, with the token's member of the same name in the
    request and in the answer."""
    shown, following = page(items, parameters.get(token), limit, invalid=invalid)
    return {member: list(shown), **page_token(token, following)}


def page_token(name: str, token: str | None) -> dict[str, str]:
    """The token as a member of a response: absent on the last page, as AWS leaves it out."""
    return {} if token is None else {name: token}


def _write(place: int) -> str:
    return base64.urlsafe_b64encode(f"page:{place}".encode()).decode()


def _read(token: str, invalid: str) -> int:
    try:
        word, _, place = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        if word == "page":
            return int(place)
    except (binascii.Error, ValueError):
        pass
    raise AwsError(invalid, "The specified nextToken is invalid.")
