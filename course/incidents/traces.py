"""Writes the X-Ray segment documents of a world: what its services and its code recorded.

Of the requests that the shop's sampling rules chose, the API's stage writes a segment for each
route; Lambda writes its two for the functions with active tracing (checkout, payment, inventory and
the order worker), under the trace id and the segment id that their REPORT lines show. Inside the
function, the code's own subsegments are those of Powertools' Tracer and the X-Ray SDK for Python:
`## lambda_handler` with annotations and metadata, and one per call to DynamoDB, SQS, SNS, Lambda or
the card provider. An exception is recorded in full where it was caught first and by its id further
up. The order worker's trace is its own, with links to those of its messages.

An invocation that Lambda stops (timeout, out of memory) loses the subsegments that were open, its
handler's among them; those that had ended were sent before, and keep pointing at the lost one.

Left out: `search` and `cart`, which do not trace (so neither the cache nor the stream is seen),
requests to paths that the API does not have, and X-Ray's own inferred segments.
"""

from __future__ import annotations

from typing import Any

from course.incidents.model import ApiRequest, Failure, Invocation, Step
from course.incidents.seeds import hexadecimal, stream, uuid
from course.incidents.shop import provider_host
from course.incidents.simulation import Simulation
from course.incidents.story import CAUSES, NOISY_NEIGHBOUR, Incident
from course.telemetry import segments
from course.telemetry.segments import Document

ACCOUNT_ID, REGION = "123456789012", "us-east-1"
HANDLER = "## lambda_handler"
_STOPPED = ("timeout", "oom")


def write(sim: Simulation) -> list[Document]:
    """Every segment document of the world, in the order of their ends."""
    writer = _Writer(sim)
    for request in sim.truth.requests:
        if request.trace_id is not None:
            writer.request(request)
    for invocation in sim.truth.invocations:
        if invocation.role == "order_worker" and invocation.trace_id is not None:
            writer.invocation(invocation, None)
    return sorted(writer.documents, key=lambda it: (it["end_time"], it["id"]))


def api_id(sim: Simulation) -> str:
    """The id of the REST API, as its URL and its segments show it."""
    rng = stream(sim.seed, "api id")
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(10))


def bottleneck(sim: Simulation, incident: Incident) -> dict[str, str] | None:
    """The node of the service graph that an incident slows down or fails; None: traces miss it."""
    if incident.cause == "cache_flush":
        return None
    if incident.kind == NOISY_NEIGHBOUR:
        return {"name": f"{sim.names.shop}/{sim.names.stage}", "type": "AWS::ApiGateway::Stage"}
    if incident.cause == "card_provider":
        return {"name": provider_host(incident.component), "type": "remote"}
    if incident.cause == "hot_partition":
        return {"name": incident.component, "type": "AWS::DynamoDB::Table"}
    assert incident.cause in CAUSES["deployment"]
    traced = any(it.role == incident.detail["role"] and it.trace_id for it in sim.truth.invocations)
    return {"name": incident.component, "type": "AWS::Lambda::Function"} if traced else None


class _Writer:
    """Collects documents; ids come from a stream of their own, so that nothing else moves."""

    def __init__(self, sim: Simulation) -> None:
        self.documents: list[Document] = []
        self._sim = sim
        self._rng = stream(sim.seed, "segments")
        self._api_id = api_id(sim)
        for invocation in sim.truth.invocations:  # the queue's receiver refers to them
            for step in invocation.steps if invocation.trace_id else ():
                step.id = self._id()

    def _id(self) -> str:
        return hexadecimal(self._rng, 16)

    def _arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{resource}"

    def _function_arn(self, name: str) -> str:
        return self._arn("lambda", f"function:{name}")

    # -- the API -----------------------------------------------------------------------------------

    def request(self, request: ApiRequest) -> None:
        """The stage's segment and everything below it."""
        names, trace_id = self._sim.names, request.trace_id
        assert trace_id is not None
        calls: list[Document] = []
        end = request.time + request.latency
        if request.called is not None:
            integration, answered = self._integration(request)
            calls.append(integration)
            end = max(end, answered)
        name = f"{names.shop}/{names.stage}"
        self.documents.append(
            segments.api_stage(
                segments.span(self._id(), name, request.time, end),
                trace_id,
                api_id=self._api_id,
                stage=names.stage,
                account_id=ACCOUNT_ID,
                region=REGION,
                request_id=request.request_id,
                request=self._http(request),
                status=request.status,
                subsegments=calls,
            )
        )

    def _http(self, request: ApiRequest) -> Document:
        host = f"{self._api_id}.execute-api.{REGION}.amazonaws.com"
        return {
            "url": f"https://{host}/{self._sim.names.stage}{request.path}",
            "method": request.method,
            "user_agent": request.agent,
            "client_ip": request.ip,
        }

    def _integration(self, request: ApiRequest) -> tuple[Document, float]:
        """The stage's call of the function, and when it ended."""
        assert request.called is not None and request.integration_latency is not None
        start = min(request.called, request.time + request.latency - request.integration_latency)
        end = start + request.integration_latency
        identifier, ran = self._id(), request.invocation
        if ran is not None and ran.trace_id is not None:
            taken = self.invocation(ran, identifier)
            end = end if request.integration_status is None else max(end, taken)
        span = segments.span(identifier, "Lambda", start, end)
        arn = self._function_arn(request.function)
        call = segments.api_integration(span, arn, request.integration_status)
        return call | ({"fault": True} if request.status == 504 else {}), end

    # -- the functions -----------------------------------------------------------------------------

    def invocation(self, it: Invocation, parent_id: str | None) -> float:
        """Lambda's two segments of an invocation; returns the end of the first, epoch ms."""
        assert it.trace_id is not None
        name = self._sim.names.function(it.role)
        arn, service_id = self._function_arn(name), self._id()
        overhead = self._rng.uniform(0.1, 0.8)
        end = it.end + overhead + self._rng.uniform(0.05, 0.3)
        self.documents.append(
            segments.lambda_service(
                segments.span(service_id, name, it.start - (it.init or 0.0), end),
                it.trace_id,
                parent_id=parent_id,
                function_arn=arn,
                request_id=it.request_id,
                failed=it.status != "ok",
                links=[(m.trace_id, m.step.id) for m in it.messages if m.trace_id and m.step],
            )
        )
        self._function(it, name, arn, service_id, overhead)
        return end

    def _function(
        self, it: Invocation, name: str, arn: str, service_id: str, overhead: float
    ) -> None:
        """Invocation takes the time that REPORT calls Duration; Overhead comes after it."""
        assert it.trace_id is not None
        stopped = it.status in _STOPPED
        end = it.end if stopped else it.end + overhead
        own = segments.span(self._id(), "Invocation", it.start, it.end)
        failed = {"fault": True} if it.status != "ok" else {}
        handler = self._handler(it, name)
        phases = [segments.function_phase(own | failed, arn, [] if stopped else [handler])]
        if it.init is not None:
            first = segments.span(self._id(), "Initialization", it.start - it.init, it.start)
            phases.insert(0, segments.function_phase(first, arn))
        if not stopped:
            last = segments.span(self._id(), "Overhead", it.end, end)
            phases.append(segments.function_phase(last, arn))
        self.documents.append(
            segments.lambda_function(
                segments.span(it.segment_id, name, it.start, end),
                it.trace_id,
                parent_id=service_id,
                function_arn=arn,
                subsegments=phases,
                failure=segments.cause(self._exception(it.failure)) if it.failure else failed,
            )
        )
        if stopped:
            self._lost(it, handler)

    def _lost(self, it: Invocation, handler: Document) -> None:
        """What had been sent before Lambda stopped the invocation."""
        assert it.trace_id is not None
        self.documents += [
            segments.sent_alone(call, it.trace_id, handler["id"])
            for call in handler.get("subsegments", ())
        ]

    def _handler(self, it: Invocation, name: str) -> Document:
        start, end = it.start + 0.05, it.end - 0.01
        recorded: dict[int, str] = {}  # exceptions that a call has recorded, by identity
        calls = [self._call(it, step, end, recorded) for step in it.steps if step.end is not None]
        own = {"ColdStart": it.init is not None, "Service": name, "version": it.version}
        found = segments.span(self._id(), HANDLER, start, end)
        found["annotations"] = own | it.annotations
        if it.metadata:
            found["metadata"] = {name: it.metadata}
        if it.failure is not None:
            known = recorded.get(id(it.failure))
            found |= (
                {"fault": True, "cause": known}
                if known
                else segments.cause(self._exception(it.failure))
            )
        return found | ({"subsegments": calls} if calls else {})

    def _exception(self, failure: Failure, *, remote: bool = False) -> Document:
        frames = [(path, line, function) for path, line, function, _ in failure.frames]
        kind, message = failure.type, failure.message
        return segments.exception(self._id(), kind, message, frames, remote=remote)

    # -- what they call ----------------------------------------------------------------------------

    def _call(
        self, it: Invocation, step: Step, latest: float, recorded: dict[int, str]
    ) -> Document:
        assert step.end is not None
        span = segments.span(step.id, step.service, step.start, min(step.end, latest))
        if not step.operation:
            url = f"https://{step.service}{step.details['path']}"
            return segments.remote_call(span, step.details["method"], url, step.status)
        if step.called is not None and step.called.trace_id is not None:
            self.invocation(step.called, step.id)
        retries = {"retries": step.retries} if step.retries else {}
        details = self._details(step) | {"request_id": self._request_id(step)} | retries
        found = segments.aws_call(span, step.operation, REGION, **details)
        found |= segments.answered(step.status)
        if step.failure is not None:
            raised = self._exception(step.failure, remote=True)
            recorded[id(step.failure)] = raised["id"]
            found |= segments.cause(raised)
        return found

    def _request_id(self, step: Step) -> str:
        return step.called.request_id if step.called is not None else uuid(self._rng)

    def _details(self, step: Step) -> dict[str, Any]:
        """Names as the X-Ray SDK for Python records them: URLs and ARNs in full."""
        details = dict(step.details)
        if "queue_url" in details:
            host = f"https://sqs.{REGION}.amazonaws.com"
            details["queue_url"] = f"{host}/{ACCOUNT_ID}/{details['queue_url']}"
        if "topic_arn" in details:
            details["topic_arn"] = self._arn("sns", details["topic_arn"])
        return details
