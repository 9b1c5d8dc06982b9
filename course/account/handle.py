"""The handle that lessons hold: five methods, all plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn

from botocore.awsrequest import AWSPreparedRequest

from course.account import together, traffic
from course.account.clock import Clock, utc
from course.account.desk import Answer, Desk
from course.account.errors import AccountClosed
from course.account.faults import Fault, Span
from course.account.region import Region
from course.account.ticker import Ticker
from course.account.together import Together
from course.account.topics.endpoints import Endpoints
from course.account.xray.store import replay as replay_traces
from course.telemetry.world import World

if TYPE_CHECKING:
    from redis import Redis

    from course.account.tables.dax import Dax


class Account:
    """A simulated AWS account; `course.account.open` and `fresh` make them.

    id: the 12-digit account id. region: the Region that the world lives in.
    """

    def __init__(
        self, world: World, *, region: str, account_id: str, on_close: Callable[[Account], None]
    ) -> None:
        self.id = account_id
        self.region = region
        self.clock = Clock(world.end)
        self._world_name = world.name
        self._on_close = on_close
        self._desk = Desk(world, self.clock, account_id, region)
        self.turns = self._desk.lock
        self._ticker = Ticker(self.clock, self._desk.regions, self._desk.agenda)
        self._closed = False

    @property
    def now(self) -> datetime:
        """The account's time, UTC."""
        return utc(self.clock.now)

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0
    ) -> list[dict[str, Any]]:
        """Let time pass, and return what happened since the last call, in time order.

        Each happening has "time" (UTC text) and "what": "metric" (a metric filter published),
        "alarm" (a state changed), "action" (an alarm acted), "suppressed" (a composite alarm did
        not, because of its suppressor), "email" and "sms" (SNS mailed or texted something),
        "delivery" (a subscription filter sent events on, or failed to: "error"), "export" (an
        export task finished), "trail" (a trail wrote a log file), "rule" and "schedule"
        (EventBridge invoked a target, or failed to: "error"), "notification" (SNS has given a
        delivery up: "error"), "execution" (a state machine's execution began or ended), "refused"
        (an event source mapping leads to a function that cannot run here), "failover" (of a
        replication group, which begins or is completed), "resharded" (a stream has got the shards
        that were asked for), "task" (a task of ECS has stopped, and why), "scaling" (a scaling
        policy has set a service's count). Raises ValueError for a negative step.
        """
        self._must_be_open()
        step = round((seconds + 60 * minutes + 3600 * hours) * 1000)
        if step < 0:
            raise ValueError("Time only moves forward: give advance a positive amount.")
        with self._desk.lock:
            return self._ticker.advance(step)

    def pass_time(self, milliseconds: int) -> None:
        """Let the clock run on because a call takes time; `advance` then tells what happened."""
        with self._desk.lock:
            self._ticker.pass_time(milliseconds)

    def replay(
        self,
        logs: Iterable[dict[str, Any]] = (),
        metrics: Iterable[dict[str, Any]] = (),
        trail: Iterable[dict[str, Any]] = (),
        traces: Iterable[dict[str, Any]] = (),
    ) -> None:
        """Have services emit this telemetry later: `advance` delivers it at its timestamps.

        logs and metrics: records as in a World, in any order. trail: CloudTrail's event records,
        each of which happens at its eventTime. traces: segment documents, each delivered at its
        end_time. What lies before the account's time cannot be emitted any more and is a
        ValueError.
        """
        self._must_be_open()
        replay_traces(self._home, list(traces))
        self._ticker.schedule(self._home, list(logs), list(metrics))
        if trail := list(trail):
            from course.account.cloudtrail import replay

            replay.schedule(self._home, trail)

    def traffic(self, target: str, arrivals: Iterable[tuple[float, Any]]) -> list[dict[str, Any]]:
        """Let requests arrive by themselves, each at its time, whatever the others do.

        target: a Lambda function's name or ARN, with a qualifier if need be; or the URL of an API;
        or "dynamodb:PutItem", "dynamodb:Query" and so on, or "kinesis:PutRecords" and its like; or
        "sqs:" with a queue's name, to which messages are sent.
        arrivals: (milliseconds from now, event) in any order; for an API, the event is a request:
        {"method", "path", "headers", "query", "body"}, all but the method optional; for DynamoDB
        and Kinesis, it is the operation's parameters as boto3's client takes them, sent once,
        without retries; for a queue, the message's body.

        Returns one dict for each, in the same order, which `advance` completes as the requests are
        answered: "time", "status", "error", "total_ms" and more; status None is still to come.
        """
        self._must_be_open()
        with self._desk.lock:
            return traffic.schedule(self._home, target, arrivals)

    def object_load(
        self, bucket: str, rates: Mapping[str, Mapping[str, float]], *, seconds: float = 900
    ) -> None:
        """Let other clients make many requests to an S3 bucket, from now on for some seconds.

        rates: requests a second by prefix, {"logs/": {"reads": 100, "writes": 4000}}, for random
        names under it. Where they ask for more than a prefix serves, own requests beside them meet
        the same 503 SlowDown. The metrics are in AWS/S3 under the FilterId EntireBucket.
        """
        self._must_be_open()
        from course.account.storage import throughput  # moto's S3 takes time to import

        with self._desk.lock:
            throughput.begin(self._home, bucket, rates, seconds)

    def tune(
        self,
        function: str,
        event: Any = None,
        *,
        memory: Sequence[int] = (128, 256, 512, 1024, 1769, 3008),
        runs: int = 20,
    ) -> list[dict[str, Any]]:
        """Run a function at several memory sizes, as AWS Lambda Power Tuning does.

        Returns a row for each size: memory_mb, runs, errors, init_ms (of the cold start),
        duration_p50_ms, duration_p95_ms, memory_used_mb, cost_per_million_usd (invocations without
        their cold start). The invocations take the account's time; afterwards the function has the
        size that it had before.
        """
        self._must_be_open()
        from course.account.functions import tuning  # moto's Lambda takes time to import

        with self._desk.lock:
            return tuning.tune(self._home, function, event, memory, runs)

    def dax(
        self,
        *,
        cluster: str = "dax",
        item_ttl: float = 300,
        query_ttl: float = 300,
        most_items: int | None = None,
    ) -> Dax:
        """A client like boto3's for DynamoDB, with the caches of a DAX cluster before the tables.

        item_ttl and query_ttl: seconds for which an item, or a query's result, is answered from the
        cache; most_items: how many entries each cache holds before the least recently used go.
        `counts()` of it tells hits and misses; the metrics are in AWS/DAX under the ClusterId.
        """
        self._must_be_open()
        from course.account.tables.dax import Dax  # moto's DynamoDB takes time to import

        return Dax(
            self._home,
            cluster=cluster,
            item_ttl=item_ttl,
            query_ttl=query_ttl,
            most_items=most_items,
        )

    def cache(
        self,
        name: str = "cache",
        *,
        maxmemory: int | None = None,
        policy: str | None = None,
        **options: Any,
    ) -> Redis:
        """A redis client of an ElastiCache cluster or replication group.

        name: its id; a cluster that does not exist is created, with one small node of Valkey.
        maxmemory: bytes for data, policy: the maxmemory-policy, for a node other than its type and
        its parameter group would have it. options: those of redis.Redis.
        """
        self._must_be_open()
        from course.account.caches import access  # which imports redis and fakeredis

        return access.client(self._home, name, maxmemory, policy, options)

    def together(
        self,
        functions: Sequence[Callable[[], Any]],
        *,
        seed: int = 0,
        starts: Sequence[float] | None = None,
        limit: float = 60.0,
    ) -> Together:
        """Run functions as processes that do their work at the same time, on the account's clock.

        They take turns where time passes: at cache commands, AWS calls and time.sleep. Who is
        first, and how long each command takes, is drawn from the seed.

        starts: when each begins, ms from now (all at once if left out). limit: seconds after which
        those that are still running end with a TimeoutError.

        Returns the results and errors of each, in the order of the functions, with a timeline.
        """
        self._must_be_open()
        return together.run(self, functions, seed=seed, starts=starts, limit=limit)

    def image(self, name: str, **behaviour: Any) -> None:
        """Say what the containers of an image do in ECS; one that nobody described idles.

        behaviour: cpu (CPU units) and memory (MiB) that it wants, each a number or a function of
        the `Moment`: its seconds, time, tasks (of the service), environment, busy. ready_after:
        seconds from its start until it answers. answers: a function of path and moment that gives
        an HTTP status, or None for no answer in time; 200 if left out. exit_after: seconds after
        which it ends, with exit_code. term_seconds: how long it takes to end after SIGTERM; None
        ignores it. consumes: a queue's name, whose messages it handles one by one, each in
        message_seconds (a number, or a function of the body) with message_cpu more CPU units.

        Counts for containers that start from now on. ValueError for other behaviour.
        """
        self._must_be_open()
        from course.account.containers.images import Images

        self._home.part(Images).describe(name, behaviour)

    def spot_interruption(
        self,
        cluster: str = "default",
        service: str | None = None,
        *,
        share: float = 1.0,
        seconds: float = 0,
    ) -> None:
        """Take Fargate Spot capacity back, in some seconds: the oldest tasks on it are warned.

        service: only of this service. share: of the tasks on Spot. ValueError for a share above 1.
        """
        self._must_be_open()
        from course.account.containers import tasks

        with self._desk.lock:
            tasks.interrupt(self._home, cluster, service, share, seconds)

    def crash(self) -> NoReturn:
        """End the process that calls this, inside a function given to `together`, on the spot."""
        together.crash()

    def fault(
        self,
        operation: str,
        *,
        error: str | None = None,
        status: int | None = None,
        message: str | None = None,
        rate: float = 1.0,
        times: int | None = None,
        latency: float = 0,
        during: Span | None = None,
        when: Mapping[str, Any] | None = None,
    ) -> Fault:
        """Let an operation fail or answer late; returns the fault: `with` it, or `remove()` it.

        operation: in boto3's names, "dynamodb:PutItem", or "dynamodb:*" for a whole service;
            "cache:GET" or "cache:*" for commands of redis clients.
        error: AWS's error code, answered with the HTTP status of the service's model (or `status`),
            or what the client sees of the connection: "ConnectTimeout", "ConnectionReset" (the
            call never arrived) or "ReadTimeout" (it was carried out, and its answer got lost).
        rate: share of the calls that meet it, drawn from a fixed seed; times: how many at most.
        latency: milliseconds on the account's clock; past the client's read_timeout the answer is
            lost, as with "ReadTimeout".
        during: so many seconds from now, or (start, end), each a datetime or seconds from now.
        when: parameters that a call must have, for example {"TableName": "orders"}.

        Raises ValueError for an operation that no service has, and for a fault without effect.
        """
        self._must_be_open()
        return self._desk.faults.add(
            operation,
            error=error,
            status=status,
            message=message,
            rate=rate,
            times=times,
            latency=latency,
            during=during,
            when=when,
        )

    def acting_as(
        self,
        who: str,
        *,
        session: str = "session",
        session_policy: Mapping[str, Any] | str | None = None,
        scps: Sequence[Sequence[Mapping[str, Any] | str]] = (),
        rcps: Sequence[Mapping[str, Any] | str] = (),
        endpoint_policy: Mapping[str, Any] | str | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> AbstractContextManager[str]:
        """Make the calls inside as a role's session, or as a user, with permissions in force.

        who: a role's name, or the ARN of a role or a user. session: the session's name.
        The policies that IAM and the resources hold are read with each call. Beside them count
        session_policy; scps, for each level of the organisation the policies attached there; rcps;
        the policy of a VPC endpoint on the way; and context, condition keys of the request.

        Gives the caller's ARN. A call that is not allowed meets AWS's own error, and does nothing.
        ValueError for a role or user that the account does not have.
        """
        self._must_be_open()
        from course.account.permissions import inforce  # moto's IAM takes time to import

        return inforce.acting_as(
            self._home,
            who,
            session=session,
            session_policy=session_policy,
            scps=scps,
            rcps=rcps,
            endpoint_policy=endpoint_policy,
            context=context,
        )

    def enforce(self, role: str) -> None:
        """Judge from now on what functions and state machines do under a role (name or ARN).

        What its policies do not allow, they may not do. ValueError for a role that is not there.
        """
        self._must_be_open()
        from course.account.permissions import inforce  # moto's IAM takes time to import

        found = inforce.enforce(self._home, role)
        self._desk.judged[found.name] = found

    def endpoint(self, url: str, function: Callable[[dict[str, Any]], int | None]) -> None:
        """Let a function answer what SNS posts to a URL, which can then be subscribed to a topic.

        function: gets {"method", "url", "headers", "body"} (texts) and returns an HTTP status, or
        None for an endpoint that does not answer in time; one that raises has answered 500.
        """
        self._must_be_open()
        self._home.part(Endpoints).by_url[url] = function

    def calls(self) -> list[dict[str, Any]]:
        """The API calls made so far: service, operation, parameters, error (code), time."""
        return [call.as_dict() for call in self._desk.calls]

    def close(self) -> None:
        """Close the account; boto3 then answers AccountClosed. Closing twice is fine."""
        if not self._closed:
            self._closed = True
            self._on_close(self)

    def serve(self, request: AWSPreparedRequest) -> Answer:
        """Answer one AWS request: (status, headers, body)."""
        return self._desk.serve(request)

    @property
    def is_asking(self) -> bool:
        """Whether it is the account itself that calls AWS now, in this thread, not its user."""
        return self._desk.is_internal()

    @property
    def _home(self) -> Region:
        return self._desk.regions[self.region]

    def _must_be_open(self) -> None:
        if self._closed:
            raise AccountClosed("this account was closed: open it again with course.account.open.")

    def __enter__(self) -> Account:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        frames: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self.now:%Y-%m-%d %H:%M:%S} UTC"
        return f"<Account {self.id} {self._world_name!r} in {self.region}, {state}>"
