"""What trails deliver as the clock moves: log files, digests, log events, bus events, Insights.

Nothing happens while no trail is logging. From the first StartLogging on, every call puts one entry
on the account's agenda; from there each event goes its ways, each with its own delay (see
`telemetry.trail.lags`): into the next log file, into the trail's log group, onto the event bus.
Log files are written about every five minutes, digest files every hour from when logging began with
validation on. A file that cannot be written is tried again every hour for 30 days, as on AWS.
Follows the user guide's "CloudTrail log files", "Sending events to CloudWatch Logs" and
"AWS service events delivered via AWS CloudTrail" of EventBridge's guide.
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from course.account.calls import Call
from course.account.cloudtrail import watching
from course.account.cloudtrail.history import History
from course.account.cloudtrail.reading import Entry, Reader
from course.account.cloudtrail.trail import Sealing, Trail
from course.account.events import bus
from course.account.logs import ingestion
from course.account.logs.store import Stream
from course.account.region import Region
from course.telemetry.trail import digest, lags, selectors, signing
from course.telemetry.trail.records import Record, is_management, time_of

HOUR = 3_600_000
DAY = 24 * HOUR
RETRY, GIVE_UP = HOUR, 30 * DAY
# Events above this size are not sent to CloudWatch Logs nor to EventBridge.
LARGEST = 256 * 1024


class Engine:
    """The trails that have their home in one Region, and what they do."""

    def __init__(self, region: Region) -> None:
        self.trails: dict[str, Trail] = {}
        self._region = region
        self._reader: Reader | None = None
        self._due: dict[str, int] = {}
        self._gathering = False

    # -- logging on and off ---------------------------------------------------------------------

    def start(self, trail: Trail) -> None:
        """Log from now on, this very call included."""
        if trail.logging:
            return
        self._watch()
        self.gather()
        trail.logging = True
        trail.status.started = self._region.now
        if trail.validates:
            self.start_sealing(trail)

    def stop(self, trail: Trail) -> None:
        """Log no more after this very call; what was logged is still delivered."""
        if not trail.logging:
            return
        self.gather()
        trail.logging = False
        trail.stopped_after = len(self._region.calls)
        trail.status.stopped = self._region.now
        trail.insights = []

    def _watch(self) -> None:
        """Take notice of calls from now on: those before were made while no trail was logging."""
        if self._reader is None:
            self._reader = Reader(self._region.calls, self._region.account_id)
            self._reader.new(data=False)
            self._region.calls.watchers.append(self._notice)

    def _notice(self, call: Call) -> None:
        if not self._gathering and self.trails:
            self._gathering = True
            self._region.agenda.at(self._region.now, self.gather)

    # -- from calls to deliveries ---------------------------------------------------------------

    def gather(self) -> None:
        """Send the events of the calls since the last time on their ways."""
        self._gathering = False
        if self._reader is None:
            return
        data = any(selectors.has_data(each.basic, each.advanced) for each in self.trails.values())
        for entry in self._reader.new(data=data):
            self._send(entry)

    def receive(self, record: Record) -> None:
        """Send an event that is replayed on its ways."""
        self._send(Entry(time_of(record), record))

    def _send(self, entry: Entry) -> None:
        takers = [trail for trail in self.trails.values() if trail.takes(entry)]
        for trail in takers:
            self._wait(trail, entry)
            self._log(trail, entry)
            if trail.insights and is_management(entry.record):
                watching.look(self._region, self, trail, entry)
        if takers:
            _publish(self._region.siblings[entry.region], entry)

    def _wait(self, trail: Trail, entry: Entry) -> None:
        """Have an event written into the first log file after it is ready."""
        ready = entry.at + lags.to_file(entry.id)
        trail.waiting.append((ready, entry))
        self._sweep_at(trail, lags.next_file(ready))

    def _sweep_at(self, trail: Trail, time: int) -> None:
        due = self._due.get(trail.arn)
        if due is None or due > time or due <= self._region.now:
            self._due[trail.arn] = time
            self._region.agenda.at(time, lambda: self._sweep(trail))

    def _sweep(self, trail: Trail) -> None:
        """Write the log files that are due, one for each Region; then wait for the next."""
        now = self._region.now
        ready = [entry for at, entry in trail.waiting if at <= now]
        trail.waiting = [(at, entry) for at, entry in trail.waiting if at > now]
        for region in sorted({entry.region for entry in ready}):
            entries = [entry for entry in ready if entry.region == region]
            if not self.write(trail, region, [entry.record for entry in entries]):
                kept = [each for each in entries if now - each.at < GIVE_UP]
                trail.waiting += [(now + RETRY, entry) for entry in kept]
        if trail.waiting:
            self._sweep_at(trail, lags.next_file(min(at for at, _ in trail.waiting)))

    # -- S3 -------------------------------------------------------------------------------------

    def write(
        self, trail: Trail, region: str, records: list[Record], *, insight: bool = False
    ) -> bool:
        """Write one log file; whether the bucket took it."""
        now, place, status = self._region.now, trail.place, trail.status
        unique = digest.unique(trail.arn, region, now, insight, len(records))
        key = place.log_key(region, now, unique, insight=insight)
        written, text = digest.log_file(place.bucket, key, records)
        status.attempted = now
        status.error = self._put(place.bucket, key, text, {})
        if status.error:
            return False
        status.delivered = now
        details = {"trail": trail.name, "bucket": place.bucket, "key": key, "events": len(records)}
        self._region.happened("trail", **details)
        if trail.sealing:
            fresh = Sealing(trail.sealing[trail.home].since)
            trail.sealing.setdefault(region, fresh).files.append(written)
        self._notify(trail, key)
        return True

    def _put(self, bucket: str, key: str, text: str, metadata: dict[str, str]) -> str | None:
        """Put a gzip file into a bucket; the error's code, or None."""
        try:
            self._region.clients("s3").put_object(
                Bucket=bucket,
                Key=key,
                Body=digest.pack(text),
                ContentType="application/json",
                ContentEncoding="gzip",
                Metadata=metadata,
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return None

    def _notify(self, trail: Trail, key: str) -> None:
        topic = trail.settings.get("SnsTopicARN")
        if not topic:
            return
        message = json.dumps({"s3Bucket": trail.place.bucket, "s3ObjectKey": [key]})
        try:
            self._region.clients("sns").publish(TopicArn=topic, Message=message)
        except ClientError as error:
            trail.status.notification_error = str(error.response["Error"]["Code"])
        else:
            trail.status.notified = self._region.now

    # -- digests --------------------------------------------------------------------------------

    def start_sealing(self, trail: Trail) -> None:
        """Begin a new chain of digest files, one every hour."""
        trail.sealing = {trail.home: Sealing(self._region.now)}
        self._seal_later(trail, trail.sealing)

    def _seal_later(self, trail: Trail, chain: dict[str, Sealing]) -> None:
        """Seal at the end of the hour; a chain that was left gets one last digest."""

        def seal() -> None:
            for region, sealing in chain.items():
                self._seal(trail, region, sealing)
            if trail.sealing is not chain:
                return
            if trail.logging and trail.validates:
                self._seal_later(trail, chain)
            else:
                trail.sealing = {}

        self._region.agenda.at(chain[trail.home].since + HOUR, seal)

    def _seal(self, trail: Trail, region: str, sealing: Sealing) -> None:
        """Write the digest file of the hour that ends now."""
        now, mark = self._region.now, signing.fingerprint(region)
        made = digest.document(
            trail.place, region, sealing.since, now, sealing.files, mark, sealing.previous
        )
        text = json.dumps(made, separators=(",", ":"))
        signature = signing.sign(region, digest.signed_text(made, text))
        metadata = {"signature": signature, "signature-algorithm": digest.ALGORITHM}
        error = self._put(made["digestS3Bucket"], made["digestS3Object"], text, metadata)
        trail.status.digest_error = error
        if error is None:
            trail.status.digest_delivered = now
        sealing.since, sealing.files, sealing.previous = now, [], (made, text, signature)

    # -- CloudWatch Logs ------------------------------------------------------------------------

    def _log(self, trail: Trail, entry: Entry) -> None:
        if trail.settings.get("CloudWatchLogsLogGroupArn"):
            at = entry.at + lags.to_logs(entry.id)
            self._region.agenda.at(at, lambda: self.log(trail, entry.record))

    def log(self, trail: Trail, record: Record) -> None:
        """Put one event into the trail's log group, in the stream of its Region."""
        message = json.dumps(record, separators=(",", ":"))
        name = str(trail.settings.get("CloudWatchLogsLogGroupArn", "")).split(":")[6:7]
        group = self._region.logs.groups.get(name[0]) if name else None
        if group is None:
            trail.status.logs_error = "The specified log group does not exist."
            return
        if len(message.encode()) > LARGEST:
            return
        now = self._region.now
        stream = f"{trail.account}_CloudTrail_{record['awsRegion']}"
        group.streams.setdefault(stream, Stream(stream, created=now))
        event = {
            "timestamp": now,
            "message": message,
            "logStreamName": stream,
            "logGroupName": group.name,
            "ingestionTime": now,
            "number": self._region.logs.number(),
        }
        ingestion.ingest(self._region, group, [event])
        trail.status.logs_delivered, trail.status.logs_error = now, None

    # -- Insights -------------------------------------------------------------------------------

    def report(self, trail: Trail, record: Record) -> None:
        """Deliver an Insights event: to Event history, its own log file and the log group."""
        region = str(record["awsRegion"])
        self._region.siblings[region].part(History).reported.append(record)
        self.write(trail, region, [record], insight=True)
        if trail.settings.get("CloudWatchLogsLogGroupArn"):
            self.log(trail, record)


def _publish(region: Region, entry: Entry) -> None:
    """Put an event onto its Region's default event bus, once, whatever the number of trails.

    Read-only management events reach only the rules that ask for them; the bus sees to that.
    """
    published = region.part(History).published
    if entry.id in published or len(json.dumps(entry.record)) > LARGEST:
        return
    published.add(entry.id)
    event = bus_event(entry.record)
    region.agenda.at(entry.at + lags.BUS_LAG, lambda: bus.receive(region, event))


def bus_event(record: Record) -> dict[str, Any]:
    """An event as EventBridge carries it."""
    kind = {"AwsConsoleSignIn": "AWS Console Sign In via CloudTrail"}
    return {
        "version": "0",
        "id": record["eventID"],
        "detail-type": kind.get(str(record.get("eventType")), "AWS API Call via CloudTrail"),
        "source": f"aws.{str(record['eventSource']).partition('.')[0]}",
        "account": record.get("recipientAccountId", ""),
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }
