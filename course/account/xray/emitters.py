"""How instrumented code sends its traces to the account, without a daemon or a collector.

    from aws_xray_sdk.core import xray_recorder
    from course.account.tracing import connect_recorder
    connect_recorder()                      # then use xray_recorder as on AWS

    from course.account.tracing import XRaySpanExporter
    provider = TracerProvider(id_generator=AwsXRayIdGenerator())
    provider.add_span_processor(SimpleSpanProcessor(XRaySpanExporter(indexed=("order.tier",))))

On AWS the X-Ray SDK sends UDP datagrams to the X-Ray daemon, and an OpenTelemetry SDK sends OTLP to
a collector; both call PutTraceSegments. Here the recorder's emitter and the exporter make that call
themselves, through boto3, to the account that is open. The rules by which spans become segment
documents are in `spans`. What X-Ray leaves unprocessed is logged as an error, as the daemon does.

The recorder asks the account for its sampling rules as it would through the daemon ("Configuring
sampling rules", AWS X-Ray Developer Guide): rules every five minutes, quotas every ten seconds, at
the account's time and when a segment begins, rather than by two threads.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any

import boto3
from aws_xray_sdk.core import AWSXRayRecorder, xray_recorder
from aws_xray_sdk.core.context import Context
from aws_xray_sdk.core.lambda_launcher import LambdaContext
from aws_xray_sdk.core.models.dummy_entities import DummySegment
from aws_xray_sdk.core.sampling.rule_cache import RuleCache
from aws_xray_sdk.core.sampling.sampler import DefaultSampler
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from course.account import lifecycle
from course.account.errors import NotSimulated
from course.account.xray import spans

__all__ = ["XRaySpanExporter", "connect_recorder", "in_function"]

_MOST_IN_A_CALL = 50  # the daemon's batch
_RULES_EVERY, _TARGETS_EVERY = 300, 10  # seconds
_log = logging.getLogger(__name__)


def connect_recorder(
    recorder: AWSXRayRecorder | None = None, *, context_missing: str = "IGNORE_ERROR"
) -> AWSXRayRecorder:
    """Have an X-Ray recorder (the global one by default) send to the account and sample by it.

    context_missing: what the recorder does where no segment is open. The SDK's own default,
    "LOG_ERROR", logs an error for every call of a notebook outside of one, once boto3 is patched;
    here such a call is just not traced. "RUNTIME_ERROR" raises. A subsegment that the code itself
    begins outside of a segment is warned about in any case.
    Settings made later with `recorder.configure(...)` hold. Returns the recorder.
    """
    recorder = recorder or xray_recorder
    unused = getattr(recorder.emitter, "_socket", None)  # of the SDK's own emitter
    recorder.configure(
        emitter=_Emitter(), sampler=_Sampler(), context=_OutsideContext(context_missing)
    )
    recorder.record_subsegment = partial(_record_in_segment, recorder)
    if unused is not None:
        unused.close()
    return recorder


def _record_in_segment(
    recorder: AWSXRayRecorder, wrapped: Any, instance: Any, args: Any, kwargs: Any, **options: Any
) -> Any:
    """Stands for the recorder's step around a call of a patched library: none, no subsegment."""
    if recorder.get_trace_entity() is None:
        return wrapped(*args, **kwargs)
    record = type(recorder).record_subsegment
    return record(recorder, wrapped, instance, args, kwargs, **options)


@contextmanager
def in_function(recorder: AWSXRayRecorder | None = None) -> Iterator[AWSXRayRecorder]:
    """A recorder as it is inside a Lambda function, while the function's code runs.

    The segment is Lambda's: the SDK stands a facade in for it, read from _X_AMZN_TRACE_ID, which
    refuses every change but new subsegments; these are sent as soon as they end.
    """
    recorder = recorder or xray_recorder
    context, emitter, threshold = recorder.context, recorder.emitter, recorder.streaming_threshold
    recorder.context, recorder.emitter = _FunctionContext(), _Emitter()
    recorder.streaming_threshold = 0
    try:
        yield recorder
    finally:
        recorder.context, recorder.emitter = context, emitter
        recorder.streaming_threshold = threshold


def _send(documents: Sequence[str]) -> bool:
    """Put segment documents; whether X-Ray processed all of them."""
    client = boto3.client("xray")
    unprocessed: list[dict[str, Any]] = []
    for first in range(0, len(documents), _MOST_IN_A_CALL):
        batch = list(documents[first : first + _MOST_IN_A_CALL])
        answer = client.put_trace_segments(TraceSegmentDocuments=batch)
        unprocessed += answer.get("UnprocessedTraceSegments", [])
    for each in unprocessed:
        what = (each.get("Id", "without an id"), each.get("ErrorCode"), each.get("Message"))
        _log.error("X-Ray did not process segment %s: %s, %s", *what)
    return not unprocessed


def _account_is_asking() -> bool:
    """Whether it is the account that calls AWS now (a delivery, an action), not its user."""
    account = lifecycle.current()
    return account is not None and account.is_asking


# -- the X-Ray SDK -----------------------------------------------------------------------------


class _Emitter:
    """Stands for the SDK's UDPEmitter."""

    def send_entity(self, entity: Any) -> None:
        """Send a segment, or a subsegment that has ended before its segment."""
        _send([entity.serialize()])

    def set_daemon_address(self, address: str | None) -> None:
        if address:
            raise NotSimulated("an X-Ray daemon", "connect_recorder sends to the account itself.")


class _Outside:
    """A context of the recorder that keeps the account's own calls out of the user's trace.

    The account works in the user's thread: while it creates a table or notifies a topic, the
    recorder would take its calls for the user's.
    """

    _user: threading.local
    _account: threading.local

    @property
    def _local(self) -> threading.local:
        if not _account_is_asking():
            return self._user
        if not getattr(self._account, "entities", None):
            self._account.entities = [DummySegment()]
        return self._account

    @_local.setter
    def _local(self, value: threading.local) -> None:
        self._user, self._account = value, threading.local()


class _OutsideContext(_Outside, Context):  # type: ignore[misc]
    """The usual context, in which code begins its own segments."""


class _FunctionContext(_Outside, LambdaContext):  # type: ignore[misc]
    """The context inside a Lambda function."""

    def get_trace_entity(self) -> Any:
        if _account_is_asking():
            return self._local.entities[-1]
        return super().get_trace_entity()


class _Sampler(DefaultSampler):  # type: ignore[misc]
    """The SDK's sampler for the account's rules, which polls when it is asked.

    It draws from a seeded stream, so that the same requests are sampled in every run.
    """

    def __init__(self) -> None:
        super().__init__()
        self._started = True  # no polling threads
        self._account: Any = None
        self._rules_at = self._targets_at = 0

    def should_trace(self, sampling_req: dict[str, Any] | None = None) -> Any:
        self._poll(int(time.time()))
        return super().should_trace(sampling_req)

    def _poll(self, now: int) -> None:
        account = lifecycle.current()
        if account is not self._account:
            self._begin(account)
        if now - self._rules_at >= _RULES_EVERY:
            self._cache.load_rules(self._connector.fetch_sampling_rules())
            self._cache.last_updated = self._rules_at = now
        if now - self._targets_at >= _TARGETS_EVERY:
            self._target_poller._do_work()
            self._targets_at = now

    def _begin(self, account: Any) -> None:
        """Forget the rules and the counts of another account."""
        self._account = account
        self._random = Random("sampling")
        self._cache = self._target_poller._cache = RuleCache()
        self._connector.setup_xray_client(None, None, boto3.client("xray"))
        self._rules_at = self._targets_at = 0


# -- OpenTelemetry -----------------------------------------------------------------------------


class XRaySpanExporter(SpanExporter):
    """Exports OpenTelemetry spans to the account's X-Ray, as the ADOT collector does.

    indexed: names of attributes that become annotations, by which traces can be searched; every
    other attribute becomes metadata. index_all: make annotations of all of them.
    """

    def __init__(self, indexed: Sequence[str] = (), *, index_all: bool = False) -> None:
        if isinstance(indexed, str):
            raise TypeError(f"indexed is a sequence of names: ({indexed!r},)")
        self._indexed, self._index_all = tuple(indexed), index_all

    def export(self, spans_ended: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans that have ended; FAILURE when X-Ray did not process all of them."""
        found = [spans.document(span, self._indexed, self._index_all) for span in spans_ended]
        sent = _send([json.dumps(document, default=str) for document in found])
        return SpanExportResult.SUCCESS if sent else SpanExportResult.FAILURE
