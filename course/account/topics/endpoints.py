"""The web endpoints that SNS can reach: functions that answer for a URL, and the account's APIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from course.account.region import Region

# {"method", "url", "headers", "body"} -> an HTTP status; None: no answer within 15 seconds
Answerer = Callable[[dict[str, Any]], int | None]
_API = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
NO_ANSWER = "No response received from the endpoint within 15 seconds"


class Endpoints:
    """Who answers for which URL."""

    def __init__(self, region: Region) -> None:
        self.by_url: dict[str, Answerer] = {}


@dataclass(frozen=True)
class Reply:
    """What an endpoint answered. status: None when there was no answer."""

    status: int | None
    text: str


def is_known(region: Region, url: str) -> bool:
    """Whether something would answer at a URL."""
    return (
        _API.fullmatch(urlsplit(url).hostname or "") is not None or _find(region, url) is not None
    )


def _find(region: Region, url: str) -> Answerer | None:
    for each in list(region.siblings.values()):
        if each.has(Endpoints) and url in each.part(Endpoints).by_url:
            return each.part(Endpoints).by_url[url]
    return None


def post(region: Region, url: str, headers: Mapping[str, str], body: str) -> Reply:
    """Call an endpoint; code that raises has answered 500."""
    found = _API.fullmatch(urlsplit(url).hostname or "")
    if found is not None:
        return _call_api(region.siblings[found["region"]], found["api"], url, headers, body)
    answer = _find(region, url)
    if answer is None:
        return Reply(None, "Unable to connect to endpoint")
    request = {"method": "POST", "url": url, "headers": dict(headers), "body": body}
    try:
        status = answer(request)
    except Exception as error:  # a web server would turn it into a 500, whatever it is
        return Reply(500, f"{type(error).__name__}: {error}")
    return Reply(status, NO_ANSWER if status is None else "")


def _call_api(region: Region, api: str, url: str, headers: Mapping[str, str], body: str) -> Reply:
    from course.account.apis import door
    from course.telemetry.apis.requests import HttpRequest

    parts = urlsplit(url)
    request = HttpRequest(
        method="POST",
        host=parts.hostname or "",
        path=parts.path or "/",
        query=parts.query,
        headers=list(headers.items()),
        body=body.encode(),
    )
    response = door.execute(region, api, request)
    return Reply(response.status, response.body.decode(errors="replace"))
