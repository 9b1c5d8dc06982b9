"""Delivering one event to one target: again and again until its retry policy ends, then a DLQ.

Follows the EventBridge User Guide, "How EventBridge retries delivering events" and "Using
dead-letter queues to process undelivered events": a missing permission or resource is not retried.
The dead-letter queue's own policy must let EventBridge in.
"""

from __future__ import annotations

from typing import Any

from course.account.errors import NotSimulated
from course.account.events.targets import DeliveryFailed, Parcel, deliverer
from course.account.region import Region
from course.telemetry.events.retries import RetryPolicy, wait


class Delivery:
    """One event on its way to one target; what is counted on the way is the subclass's.

    original: what a dead-letter queue gets; labels: the message attributes it gets besides.
    """

    def __init__(
        self,
        region: Region,
        parcel: Parcel,
        *,
        original: str,
        labels: dict[str, str],
        retries: RetryPolicy,
        dead_letters: str | None,
    ) -> None:
        self.region = region
        self.parcel = parcel
        self.attempts = 0
        self._original = original
        self._labels = labels
        self._retries = retries
        self._dead_letters = dead_letters
        self._seed = region.new_id()
        self._started = region.now

    def attempt(self) -> None:
        """Try now; if it fails, what follows is on the agenda or done."""
        self.attempts += 1
        self.attempted()
        try:
            self.hand_over()
        except DeliveryFailed as failure:
            self.missed(failure)
            self._after(failure)
        else:
            self.delivered()

    def hand_over(self) -> None:
        deliverer(self.parcel.arn)(self.region, self.parcel)

    def attempted(self) -> None:
        """Called before every try."""

    def delivered(self) -> None:
        """Called when the target has taken it."""

    def missed(self, failure: DeliveryFailed) -> None:
        """Called when one try has failed."""

    def lost(self, failure: DeliveryFailed) -> None:
        """Called when no further try will be made."""

    def buried(self, in_queue: bool) -> None:
        """Called when a dead-letter queue has taken it, or has not."""

    def _after(self, failure: DeliveryFailed) -> None:
        pause = wait(self.attempts, self._seed)
        age = (self.region.now + pause - self._started) / 1000
        ended_by = None if failure.is_final else self._retries.exhausted(self.attempts - 1, age)
        if failure.is_final or ended_by:
            self.lost(failure)
            self._bury(failure, ended_by)
        else:
            self.region.agenda.at(self.region.now + pause, self.attempt)

    def _bury(self, failure: DeliveryFailed, ended_by: str | None) -> None:
        if self._dead_letters is None:
            return
        labels = {
            **self._labels,
            "TARGET_ARN": self.parcel.arn,
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": failure.message,
            "RETRY_ATTEMPTS": str(self.attempts - 1),
        }
        if ended_by:
            labels["EXHAUSTED_RETRY_CONDITION"] = ended_by
        try:
            self._send_dead_letter(labels)
        except DeliveryFailed:
            self.buried(False)
        else:
            self.buried(True)

    def _send_dead_letter(self, labels: dict[str, str]) -> None:
        attributes: dict[str, Any] = {
            name: {"DataType": "String", "StringValue": text} for name, text in labels.items()
        }
        parcel = Parcel(
            str(self._dead_letters),
            self._original,
            self.parcel.source,
            source_arn=self.parcel.source_arn,
            attributes=attributes,
        )
        deliverer(parcel.arn)(self.region, parcel)


def check_dead_letters(operation: str, arn: str | None) -> None:
    """Refuse a dead-letter queue that is no queue."""
    if arn is not None and arn.split(":")[2:3] != ["sqs"]:
        raise NotSimulated(f"{operation} with the dead-letter queue {arn}", "Name an SQS queue.")
