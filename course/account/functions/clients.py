"""Making a client of AWS inside a function: the CPU time that it takes there.

"Best practices for working with AWS Lambda functions" has SDK clients initialised outside of the
handler; how long one takes AWS does not say. What botocore computes was measured: the first client
of a service reads the service's description, further ones less. Clients that the account makes for
itself while it answers take nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from botocore.session import Session

from course.account import desk

# Milliseconds of one vCPU, and how much they vary.
FIRST, NEXT = 40.0, 8.0
SPREAD = 0.1


class Working(Protocol):
    """An execution environment, which knows the services that it has made clients of."""

    services: set[str]

    def work(self, cpu_ms: float, io_ms: float, memory_mb: float, spread: float) -> None:
        """Compute, wait and hold memory."""


_create_client = Session.create_client


def install(environment: Callable[[], Working | None]) -> None:
    """Let clients take time from now on; environment: the one whose code runs in this thread."""

    def create_client(session: Session, service_name: str, *args: Any, **options: Any) -> Any:
        client = _create_client(session, service_name, *args, **options)
        running = environment()
        if running is not None and session is not desk.own_session():
            first = service_name not in running.services
            running.services.add(service_name)
            running.work(FIRST if first else NEXT, 0, 0, SPREAD)
        return client

    Session.create_client = create_client


def remove() -> None:
    """Put botocore's own way back."""
    Session.create_client = _create_client
