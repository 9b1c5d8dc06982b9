"""A stage's cache.

Follows "Cache settings for REST APIs in API Gateway": a cache cluster, caching switched on for the
method, a TTL of 300 s unless set (at most 3,600, 0 switches caching off), responses of at most
1,048,576 bytes. A cache key is made of the parameters that were declared as such and of nothing
else: without them, one entry serves every path, query and header. What an integration answers is
kept whatever its status; what API Gateway answers by itself is not. `Cache-Control: max-age=0` asks
for a fresh entry; where that needs authorization, only signed requests have it, since IAM policies
are not evaluated here. AWS takes about four minutes to make a cache; here it is there at once.
"""

from __future__ import annotations

from typing import Any

from course.account.apis import authorizers
from course.account.apis.exchange import Exchange, Response
from course.account.apis.plan import Method
from course.account.apis.stages import View
from course.account.apis.store import Cached
from course.telemetry.apis.answers import Problem

LARGEST = 1_048_576
MAX_TTL = 3600
WARNING = ("Warning", "199 Cache-control headers were ignored because the caller was unauthorized.")


class Cache:
    """The cache for one request: `get` first, then `put` what the integration answered."""

    def __init__(
        self, exchange: Exchange, method: Method, view: View, settings: dict[str, Any]
    ) -> None:
        self._exchange = exchange
        self._ttl = min(int(settings["cacheTtlInSeconds"]), MAX_TTL)
        self.enabled = view.has_cache and bool(settings["cachingEnabled"]) and self._ttl > 0
        self._settings = settings
        self._entries = exchange.store.caches.setdefault((exchange.api_id, view.name), {})
        self._key = _key(exchange, method)
        self.warning = False

    def get(self) -> Response | None:
        """What is in the cache for this request, unless it may ask for something fresh."""
        if not self.enabled:
            return None
        if self._wants_fresh():
            return None
        found = self._entries.get(self._key)
        if found is None or found.until <= self._exchange.region.now:
            return None
        return Response(found.status, list(found.headers), found.body)

    def _wants_fresh(self) -> bool:
        header = self._exchange.request.header("cache-control") or ""
        if "max-age=0" not in header.replace(" ", "").lower():
            return False
        if not self._settings["requireAuthorizationForCacheControl"]:
            return True
        if authorizers.is_signed(self._exchange):
            return True
        strategy = self._settings["unauthorizedCacheControlHeaderStrategy"]
        if strategy == "FAIL_WITH_403":
            raise Problem("ACCESS_DENIED", authorizers.NOT_ALLOWED)
        self.warning = strategy == "SUCCEED_WITH_RESPONSE_HEADER"
        return False

    def put(self, response: Response) -> None:
        """Keep a response of the integration."""
        if self.enabled and len(response.body) <= LARGEST:
            until = self._exchange.region.now + self._ttl * 1000
            kept = Cached(until, response.status, list(response.headers), response.body)
            self._entries[self._key] = kept


def _key(exchange: Exchange, method: Method) -> tuple[Any, ...]:
    values = tuple(exchange.request.parameter(name) for name in method.integration.cache_keys)
    return (method.integration.cache_namespace, exchange.request.method, values)


def flush(caches: dict[tuple[str, str], Any], api: str, stage: str) -> None:
    """Empty a stage's cache, its canary's too."""
    for name in (stage, f"{stage}/Canary"):
        caches.pop((api, name), None)
