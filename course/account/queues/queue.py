"""One queue: its settings, its messages, and what is remembered about its senders."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from functools import cached_property

from course.account.queues.holding import Fifo, Standard
from course.account.queues.measuring import Measuring
from course.account.queues.message import IN_FLIGHT, Message
from course.account.region import Region
from course.telemetry.errors import RuleError
from course.telemetry.queues.codes import invalid
from course.telemetry.queues.deduplication import Window
from course.telemetry.queues.quotas import Throughput
from course.telemetry.queues.redrive import Redrive, redrive
from course.telemetry.queues.settings import Settings

SECOND = 1000
# "Amazon SQS message quotas": a standard queue answers OverLimit, a FIFO queue no messages.
MOST_IN_FLIGHT = 120_000
LONGEST_VISIBILITY = 43_200 * SECOND
FIRST_SEQUENCE, SEQUENCE_STEP = 18_849_496_460_467_696_128, 256
_HANDLE = "AQEB"


class Queue:
    """settings: its attributes, as text. deleted: whether DeleteQueue was called."""

    def __init__(
        self,
        region: Region,
        measuring: Measuring,
        name: str,
        settings: Settings,
        tags: Mapping[str, str],
    ) -> None:
        self.region = region
        self.measuring = measuring
        self.name = name
        self.id = region.new_id()
        self.settings = settings
        self.tags = dict(tags)
        self.created = self.modified = self.used = region.now
        self.purged: int | None = None
        self.deleted = False
        self.window = Window()
        self.throughput = Throughput()
        # Not by its ARN: every account gives the messages of equal queues in the same order.
        self.holding: Standard | Fifo = (
            Fifo() if self.is_fifo else Standard(f"{region.name}/{name}")
        )
        # By ReceiveRequestAttemptId, what was received: message, receipt, invisible until.
        self.attempts: dict[str, list[tuple[Message, int, int]]] = {}
        self._sequence = FIRST_SEQUENCE

    @cached_property
    def arn(self) -> str:
        return self.region.arn("sqs", self.name)

    @cached_property
    def url(self) -> str:
        return f"https://sqs.{self.region.name}.amazonaws.com/{self.region.account_id}/{self.name}"

    @cached_property
    def is_fifo(self) -> bool:
        return "FifoQueue" in self.settings

    @property
    def redrive(self) -> Redrive | None:
        """Its redrive policy."""
        text = self.settings.get("RedrivePolicy")
        return None if text is None else redrive(text)

    def milliseconds(self, name: str) -> int:
        """A setting that is a number of seconds."""
        return int(self.settings[name]) * SECOND

    def settle(self) -> None:
        """Let what is due by now become visible, and what is too old vanish."""
        self.holding.settle(self.region.now, self.milliseconds("MessageRetentionPeriod"))

    def next_visible(self) -> int | None:
        """When the next message can be received, epoch ms; None while nothing is to come."""
        self.settle()
        return self.holding.next_visible(self.region.now)

    def next_sequence(self) -> str:
        """The sequence number of the next message of a FIFO queue."""
        self._sequence += SEQUENCE_STEP
        return str(self._sequence)

    def room(self) -> int:
        """How many more messages can be in flight."""
        return MOST_IN_FLIGHT - self.holding.counts[IN_FLIGHT]

    def handle(self, message: Message) -> str:
        """The receipt handle of the present receipt: another one each time."""
        text = json.dumps([self.id, message.number, message.receipts])
        return _HANDLE + base64.b64encode(text.encode()).decode()

    def received(self, handle: str) -> tuple[Message | None, bool]:
        """The message of a receipt handle, None if it is gone; and whether the handle is its last.

        RuleError for what is no handle of this queue.
        """
        try:
            id, number, receipt = json.loads(base64.b64decode(handle[len(_HANDLE) :]))
        except (ValueError, TypeError):
            id = None
        if id != self.id or not handle.startswith(_HANDLE):
            raise invalid_handle(handle)
        message = self.holding.messages.get(number)
        return message, message is not None and message.receipts == receipt


def invalid_handle(handle: str) -> RuleError:
    """The error for a receipt handle that is none."""
    problem = f'The input receipt handle "{handle}" is not a valid receipt handle.'
    return RuleError("ReceiptHandleIsInvalid", problem)


def not_available(handle: str) -> RuleError:
    """The error for a handle whose message cannot be kept invisible any more."""
    problem = "Message does not exist or is not available for visibility timeout change."
    return invalid(handle, "ReceiptHandle", problem)
