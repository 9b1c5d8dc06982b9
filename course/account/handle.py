"""The handle that lessons hold: five methods, all plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from types import TracebackType
from typing import Any

from botocore.awsrequest import AWSPreparedRequest

from course.account.clock import Clock, utc
from course.account.desk import Answer, Desk
from course.account.errors import AccountClosed
from course.account.region import Region
from course.account.ticker import Ticker
from course.telemetry.world import World


class Account:
    """A simulated AWS account; `course.account.open` and `fresh` make them.

    id: the 12-digit account id. region: the Region that the world lives in.
    """

    def __init__(
        self, world: World, *, region: str, account_id: str, on_close: Callable[[Account], None]
    ) -> None:
        self.id = account_id
        self.region = region
        self.clock = Clock(world.end)
        self._world_name = world.name
        self._on_close = on_close
        self._desk = Desk(world, self.clock, account_id, region)
        self._ticker = Ticker(self.clock, self._desk.regions, self._desk.agenda)
        self._closed = False

    @property
    def now(self) -> datetime:
        """The account's time, UTC."""
        return utc(self.clock.now)

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0
    ) -> list[dict[str, Any]]:
        """Let time pass, and return what happened since the last call, in time order.

        Each happening has "time" (UTC text) and "what": "metric" (a metric filter published),
        "alarm" (a state changed), "action" (an alarm acted), "delivery" (a subscription filter
        sent events on), "export" (an export task finished). Raises ValueError for a negative step.
        """
        self._must_be_open()
        step = round((seconds + 60 * minutes + 3600 * hours) * 1000)
        if step < 0:
            raise ValueError("Time only moves forward: give advance a positive amount.")
        with self._desk.lock:
            return self._ticker.advance(step)

    def replay(
        self,
        logs: Iterable[dict[str, Any]] = (),
        metrics: Iterable[dict[str, Any]] = (),
    ) -> None:
        """Have services emit this telemetry later: `advance` delivers it at its timestamps.

        logs and metrics: records as in a World, in any order. What lies before the account's time
        cannot be emitted any more and is a ValueError.
        """
        self._must_be_open()
        self._ticker.schedule(self._home, list(logs), list(metrics))

    def calls(self) -> list[dict[str, Any]]:
        """The API calls made so far: service, operation, parameters, error (code), time."""
        return [call.as_dict() for call in self._desk.calls]

    def close(self) -> None:
        """Close the account; boto3 then answers AccountClosed. Closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._on_close(self)

    def serve(self, request: AWSPreparedRequest) -> Answer:
        """Answer one AWS request: (status, headers, body)."""
        return self._desk.serve(request)

    @property
    def _home(self) -> Region:
        return self._desk.regions[self.region]

    def _must_be_open(self) -> None:
        if self._closed:
            raise AccountClosed("this account was closed: open it again with course.account.open.")

    def __enter__(self) -> Account:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        frames: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self.now:%Y-%m-%d %H:%M:%S} UTC"
        return f"<Account {self.id} {self._world_name!r} in {self.region}, {state}>"
