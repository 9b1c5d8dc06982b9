"""One trail: its settings, its selectors, and what it still owes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from course.account.cloudtrail.reading import Entry
from course.telemetry.trail import kinds, selectors
from course.telemetry.trail.digest import Digest, LogFile, Place


@dataclass
class Sealing:
    """The digest chain of a trail in one Region. since: epoch ms of the present hour's start."""

    since: int
    files: list[LogFile] = field(default_factory=list)
    previous: tuple[Digest, str, str] | None = None


@dataclass
class Status:
    """What GetTrailStatus tells; times in epoch ms."""

    started: int | None = None
    stopped: int | None = None
    delivered: int | None = None
    attempted: int | None = None
    error: str | None = None
    notified: int | None = None
    notification_error: str | None = None
    logs_delivered: int | None = None
    logs_error: str | None = None
    digest_delivered: int | None = None
    digest_error: str | None = None


@dataclass
class Trail:
    """A trail as its home Region keeps it. settings: as DescribeTrails shows them."""

    name: str
    arn: str
    home: str
    account: str
    settings: dict[str, Any]
    logging: bool = False
    # The number of calls made when logging stopped: those before are still delivered.
    stopped_after: int = 0
    basic: list[dict[str, Any]] = field(default_factory=list)
    advanced: list[dict[str, Any]] = field(default_factory=list)
    insights: list[dict[str, Any]] = field(default_factory=list)
    insights_since: int = 0
    status: Status = field(default_factory=Status)
    waiting: list[tuple[int, Entry]] = field(default_factory=list)
    sealing: dict[str, Sealing] = field(default_factory=dict)
    reported: set[str] = field(default_factory=set)

    @property
    def place(self) -> Place:
        bucket, prefix = self.settings["S3BucketName"], self.settings.get("S3KeyPrefix", "")
        return Place(bucket, prefix, self.account, self.name, self.home)

    @property
    def validates(self) -> bool:
        return bool(self.settings["LogFileValidationEnabled"])

    def takes(self, entry: Entry) -> bool:
        """Whether the trail logs an event: where it happened, when, and its selectors."""
        late = entry.number is None or entry.number >= self.stopped_after
        if not self.logging and late:
            return False
        everywhere = self.settings["IsMultiRegionTrail"]
        if not everywhere and entry.region != self.home:
            return False
        source = str(entry.record["eventSource"]).partition(".")[0]
        if source in kinds.GLOBAL and not self.settings["IncludeGlobalServiceEvents"]:
            return False
        return selectors.logs(entry.record, self.basic, self.advanced)

    def described(self) -> dict[str, Any]:
        """The trail as GetTrail and DescribeTrails show it."""
        return {
            **self.settings,
            "Name": self.name,
            "TrailARN": self.arn,
            "HomeRegion": self.home,
            "HasCustomEventSelectors": not selectors.is_default(self.basic, self.advanced),
            "HasInsightSelectors": bool(self.insights),
        }
