"""An account that another process has open, as seen from here: boto3 asks that one, over there.

Requests go there, time passes there, and this process's time of day is that account's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from botocore.awsrequest import AWSPreparedRequest

from course.account import lifecycle
from course.account.clock import Clock
from course.account.desk import Answer
from course.account.gateway import Patience, patience
from course.account.turns import Turns

Serve = Callable[[AWSPreparedRequest, Patience], Answer]


class Remote:
    """Stands where an open `Account` stands. now: its clock, epoch ms; see `move_to`.

    serve: answers a request over there. nap: lets so many milliseconds pass over there.
    """

    # What it calls itself, it calls over there.
    is_asking = False

    def __init__(
        self, account_id: str, region: str, now: int, serve: Serve, nap: Callable[[int], object]
    ) -> None:
        self.id, self.region = account_id, region
        self.clock, self.turns = Clock(now), Turns()
        self._serve, self._nap = serve, nap

    def serve(self, request: AWSPreparedRequest) -> Answer:
        return self._serve(request, patience())

    def pass_time(self, milliseconds: int) -> None:
        self._nap(milliseconds)

    def move_to(self, now: int) -> None:
        """Hear what time it is over there."""
        if lifecycle.current() is self:
            self.clock.move_to(now)
        else:
            self.clock.now = now

    def close(self) -> None:
        lifecycle.leave(self)


@contextmanager
def answering(account: Remote) -> Iterator[None]:
    """Let boto3 talk to it for the block; then the account answers that was open before."""
    lifecycle.enter(account)
    try:
        yield
    finally:
        account.close()
