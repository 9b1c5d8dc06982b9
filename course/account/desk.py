"""Where a request is sorted: to our own services, to moto, or to a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import boto3
import moto.backend_index as backend_index
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.exceptions import HTTPException
from moto.core.utils import get_equivalent_url_in_aws_domain

from course.account import (
    faults,
    gateway,
    identity,
    moto_fixes,
    operations,
    provision,
    refusals,
    strangers,
    waiting,
)
from course.account.agenda import Agenda
from course.account.calls import BOTO3_NAMES, Call, CallBook, call_of
from course.account.clock import Clock
from course.account.cloudwatch.metric_store import MetricBase
from course.account.errors import AwsError, NotSimulated
from course.account.faults import Faults
from course.account.latency import Latency
from course.account.logs.store import LogBase
from course.account.region import Region
from course.account.turns import Turns
from course.telemetry.errors import NotSupported, RuleError
from course.telemetry.world import World

Answer = tuple[int, dict[str, str], Any]
NOT_YET = "Not yet implemented"
# What tells the newer Elastic Load Balancing's requests.
ELBV2 = "Version=2015-12-01"
_stubber = BotocoreStubber()
# Whether the account itself is asking; a function that runs for it has a context of its own.
_internal: ContextVar[bool] = ContextVar("internal", default=False)


class Regions(dict[str, Region]):
    """Regions by name; one that nobody has used yet appears empty."""

    def __init__(self, clock: Clock, account_id: str, desk: Desk) -> None:
        super().__init__()
        self._clock = clock
        self._account_id = account_id
        self._desk = desk
        self._agenda = desk.agenda
        self._dashboards: dict[str, dict[str, Any]] = {}

    def __missing__(self, name: str) -> Region:
        region = Region(
            account_id=self._account_id,
            name=name,
            clock=self._clock,
            clients=lambda service: self._desk.internal_client(service, name),
            dashboards=self._dashboards,
            agenda=self._agenda,
            faults=self._desk.faults,
            calls=self._desk.calls,
            siblings=self,
            world=self._desk.world_of(name),
        )
        self[name] = region
        return region


class Desk:
    """Everything of one account that answers requests."""

    def __init__(self, world: World, clock: Clock, account_id: str, home: str) -> None:
        self.calls = CallBook()
        self.agenda = Agenda()
        self.faults = Faults(clock)
        # Roles whose every call is judged, by name; see `permissions.inforce`.
        self.judged: dict[str, Any] = {}
        self.regions = Regions(clock, account_id, self)
        self._clock = clock
        self._home = home
        self._world = world
        self._provisioned: set[str] = set()
        self._clients: dict[tuple[str, str], Any] = {}
        self._latency = Latency()
        self.lock = Turns()
        region = self.regions[home]
        logs, metrics = _bases(world)
        region.logs.load(logs)
        region.metrics.load(metrics)

    def world_of(self, region: str) -> World | None:
        """The world, for the Region that it is about."""
        return self._world if region == self._home else None

    def serve(self, request: AWSPreparedRequest) -> Answer:
        """Answer one request, and record it unless the account itself is asking."""
        if ".execute-api." in request.url:
            return _serve_api(self.regions, request)
        if ".lambda-url." in request.url:
            raise NotSimulated("calling a function URL", "Use invoke, or put an API before it.")
        service = _service_of(request)
        call = call_of(service, request, self._clock.now)
        if self.is_internal():
            return self._served(call, request)
        running = waiting.current()
        if running is not None:
            running.must_be_open()
        call.actor = identity.acting()
        self.calls.append(call)
        since = self._clock.now if running is None else running.now
        try:
            if running is not None:
                _must_get_through(call)
            answer = self._served(call, request)
        finally:
            self.calls.finish(call)
        self._take_time(call)
        waiting.note(f"{call.service}:{call.operation}", "", since)
        return answer

    def _take_time(self, call: Call) -> None:
        """Let a call's latency pass: what its operation says, or a service's own in a function."""
        took = call.took
        if took is None and waiting.current() is not None:
            took = self._latency.of(call.service)
        if took is not None:
            waiting.spend(took)

    def _served(self, call: Call, request: AWSPreparedRequest) -> Answer:
        try:
            with self.lock:
                call.status, call.headers, call.body = self._answer(call, request)
        except NotSimulated:
            call.refused = "NotSimulated"
            raise
        return call.status, call.headers, call.body

    def _answer(self, call: Call, request: AWSPreparedRequest) -> Answer:
        refusals.check(call.service, call.operation)
        if not self.is_internal():
            strangers.check(call)
        if refusals.looks_at_parameters(call.service, call.operation):
            refusals.check_parameters(call.service, call.operation, call.parameters())
        if call.service not in self._provisioned and call.service not in operations.WHOLE:
            self._prepare(call.service)
        if self.is_internal():
            return self._carry_out(call, request)
        if call.actor is not None and (call.actor.limits is not None or self.judged):
            refused = self._judge(call)
            if refused is not None:
                return refused
        return self.faults.around(call, lambda: self._carry_out(call, request))

    def _judge(self, call: Call) -> Answer | None:
        """AWS's refusal of a call that its caller may not make; see `Account.acting_as`."""
        from course.account.permissions import inforce  # which few accounts use

        try:
            return inforce.refusal(self.regions, self.regions[self._home], call, self.judged)
        except NotSupported as error:
            name = f"{call.service}:{call.operation}"
            raise NotSimulated(name, error.message, reason="cannot be judged here.") from None

    def _carry_out(self, call: Call, request: AWSPreparedRequest) -> Answer:
        if not operations.is_ours(call.service, call.operation):
            return self._ask_moto(call, request)
        region = self.regions[call.endpoint.region]
        region.took = None
        answer = call.endpoint.answer(self._perform)
        call.took = region.took
        return answer

    def _perform(
        self, service: str, region: str, operation: str, parameters: dict[str, Any]
    ) -> Any:
        try:
            return operations.find(service, operation)(self.regions[region], parameters)
        except NotSupported as error:
            name = f"{service}:{operation}"
            raise NotSimulated(name, error.message, reason="cannot do this here.") from None
        except RuleError as error:
            raise AwsError(error.code, error.message) from None

    def _ask_moto(self, call: Call, request: AWSPreparedRequest) -> Answer:
        name = f"{call.service}:{call.operation}"
        try:
            answer = self._moto_or_s3(call, request)
        except NotImplementedError:
            raise NotSimulated(name, refusals.NO_ANSWER) from None
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            stumbled = f"stumbled over these parameters ({type(error).__name__})."
            raise NotSimulated(name, "Check them against its reference.", stumbled) from error
        if answer is None or (answer[0] == 404 and answer[2] == NOT_YET):
            raise NotSimulated(name, refusals.NO_ANSWER)
        return answer

    def _moto_or_s3(self, call: Call, request: AWSPreparedRequest) -> Any:
        """moto's answer; S3 has rules of its own around it."""
        if call.service != "s3":
            return _by_moto(call, request)
        from course.account.storage import door  # which imports moto's S3

        own = not self.is_internal()
        return door.answer(self.regions, call, lambda: _by_moto(call, request), is_own=own)

    def _prepare(self, service: str) -> None:
        """First request to a service: mend moto where it must be, create what the world lists."""
        if not self._provisioned:
            moto_fixes.repeat_ids()
            moto_fixes.apply("core")
        self._provisioned.add(service)
        moto_fixes.apply(service)
        home = self.regions[self._home]
        provision.create(service, self._world.resources, home.clients)

    def internal_client(self, service: str, region: str) -> Any:
        """A boto3 client for the account's own use; its calls are not recorded."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = _Unrecorded(_client(service, region), self._as_internal)
        return self._clients[key]

    def is_internal(self) -> bool:
        """Whether this thread is inside a call that the account makes itself."""
        return _internal.get()

    @contextmanager
    def _as_internal(self) -> Iterator[None]:
        token = _internal.set(True)
        try:
            yield
        finally:
            _internal.reset(token)


class _Unrecorded:
    """A boto3 client whose calls count as the account's own."""

    def __init__(self, client: Any, internally: Any) -> None:
        self._client = client
        self._internally = internally

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method):
            return method

        def call(*args: Any, **parameters: Any) -> Any:
            with self._internally():
                return method(*args, **parameters)

        return call


_cached: list[tuple[World, LogBase, MetricBase]] = []


def _bases(world: World) -> tuple[LogBase, MetricBase]:
    """What opening a world needs; kept for the last two, since lessons open the same one often."""
    for known, logs, metrics in _cached:
        if known is world:
            return logs, metrics
    logs = LogBase(world.logs, world.resources.get("logs", []), world.start)
    metrics = MetricBase(world.metrics)
    _cached.insert(0, (world, logs, metrics))
    del _cached[2:]
    return logs, metrics


def _must_get_through(call: Call) -> None:
    """The network of the function that calls may not let it through."""
    from course.account.functions import stage  # which is loaded, if a function runs

    inhabited = stage.environment()
    if inhabited is not None and not inhabited.reaches(call.service):
        raise faults.unreachable(call)


def _serve_api(regions: Regions, request: AWSPreparedRequest) -> Answer:
    """A call of an API, whose part of the account is imported when somebody calls one."""
    from course.account.apis import door

    return door.serve(regions, request)


@lru_cache(maxsize=1)
def _session() -> boto3.Session:
    return boto3.Session()


def own_session() -> Any:
    """botocore's session of the clients that the account makes for itself."""
    return _session()._session


@lru_cache(maxsize=64)
def _client(service: str, region: str) -> Any:
    """Making a client takes longer than most calls; who is asked is decided at the gateway."""
    return _session().client(service, region_name=region, config=Config())


def _by_moto(call: Call, request: AWSPreparedRequest) -> Any:
    """moto's answer. For the services with one address and JSON in the body, which most calls are
    to, what moto does before it answers is done already, or is the same every time."""
    if not call.headers_sent.get("Content-Type", "").startswith("application/x-amz-json"):
        return gateway.moto_process_request(_stubber, request)
    parsed, _ = get_equivalent_url_in_aws_domain(request.url)
    respond = _responder(f"{parsed.scheme}://{parsed.netloc}{parsed.path}")
    if respond is None:
        return gateway.moto_process_request(_stubber, request)
    try:
        return respond(call.request, call.request.raw_url, call.request.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


@lru_cache(maxsize=64)
def _responder(url: str) -> Any:
    """What of moto answers at an address, found as moto finds it; None for nothing."""
    for service, pattern in backend_index.backend_url_patterns:
        if pattern.match(url):
            regions = get_backend(service)[DEFAULT_ACCOUNT_ID]
            backend = regions["us-east-1" if "us-east-1" in regions else "aws"]
            return next((each for path, each in backend.urls.items() if re.match(path, url)), None)
    return None


@lru_cache(maxsize=512)
def _service_of_host(url: str) -> str:
    for name, pattern in backend_index.backend_url_patterns:
        if pattern.match(url):
            return BOTO3_NAMES.get(name, name)
    return re.sub(r"^https?://([^./]+).*", r"\1", url)


def _service_of(request: AWSPreparedRequest) -> str:
    parsed, _ = get_equivalent_url_in_aws_domain(request.url)
    found = _service_of_host(f"{parsed.scheme}://{parsed.netloc}/")
    # The two services of Elastic Load Balancing share their host, and so do API Gateway's.
    if found == "elb" and ELBV2 in str(request.body):
        return "elbv2"
    return "apigatewayv2" if found == "apigateway" and parsed.path.startswith("/v2/") else found
