"""A message as a queue holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

DELAYED, VISIBLE, IN_FLIGHT = "delayed", "visible", "in flight"


@dataclass(slots=True, eq=False)
class Message:
    """Times are epoch ms.

    sent: when it was first put into a queue; arrived: when into this one. receives: how often it
    has been received; receipts: how often in this queue. origin: the ARN of the queue that it was a
    dead letter of. place: where it stands among the visible messages of its queue.
    """

    id: str
    body: str
    md5: str
    sent: int
    arrived: int
    sender: str
    size: int
    attributes: dict[str, Any] = field(default_factory=dict)
    attributes_md5: str | None = None
    trace: str | None = None
    group: str | None = None
    deduplication: str | None = None
    sequence: str | None = None
    visible_at: int = 0
    state: str = DELAYED
    receives: int = 0
    receipts: int = 0
    first_received: int | None = None
    since: int = 0
    origin: str | None = None
    number: int = 0
    place: float = 0.0
