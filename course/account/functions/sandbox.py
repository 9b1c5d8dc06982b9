"""One execution environment: a package's modules, initialised once, and the handler run in them.

"Understanding the Lambda execution environment lifecycle": the INIT phase runs the module's code,
with 10 s for it; if that fails it is repeated at the first invocation, within the function's
time-out. What the code leaves in its modules stays for the next invocation. After a time-out or a
crash the environment starts over at its next invocation, inside that invocation's duration.
Environment variables, log handlers and modules are in place while the code runs, and only then.
"""

from __future__ import annotations

import contextvars
import decimal
import importlib
import json
import logging
import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from course.account import identity, waiting
from course.account.functions import faults_of_code, stage, watchdog
from course.account.functions.configured import Function
from course.account.functions.context import LambdaContext
from course.account.functions.logs import LogHandler
from course.account.functions.packages import Library, read
from course.account.waiting import Meter, OutOfTime
from course.telemetry.functions import compute
from course.telemetry.functions.limits import limit, whole
from course.telemetry.functions.log_lines import Failure, Line

# What Python and its runtime client take before the code of a function is loaded.
RUNTIME_START = 85.0
RUNTIME_MEMORY = 36
# What the runtime itself takes of an invocation.
OVERHEAD = 1.1
# A restore from a snapshot; AWS gives no numbers but "as low as sub-second".
RESTORE, RESTORE_PER_MB = 110.0, 0.4
# Lambda does not say how much output of one invocation it keeps; here it must fit into memory.
MOST_OUTPUT = 16_777_216


class OutOfMemory(BaseException):
    """The code needs more memory than the function has: its process is killed."""


@dataclass
class Ended:
    """How a phase ended. kind: "ok", "error", "timeout", "oom" or "exit"; times in ms."""

    kind: str
    elapsed: float
    value: Any = None
    failure: Failure | None = None
    error: dict[str, Any] | None = None
    error_type: str | None = None
    error_message: str | None = None
    lines: list[Line] = field(default_factory=list)
    memory_used: int = 0


@dataclass
class Call:
    """One request to a handler."""

    event: Any
    request_id: str
    qualified_arn: str
    client_context: Mapping[str, Any] | None = None


class Sandbox:
    """An environment of one version of a function."""

    def __init__(self, function: Function, stream: str, seed: str, kind: str) -> None:
        self.function = function
        self.stream = stream
        self.kind = kind
        self.meter: Meter | None = None
        self.trace: str | None = None
        self.peak = float(RUNTIME_MEMORY)
        self.rng = Random(seed)
        self.services: set[str] = set()
        self.seat = 0  # the how many-th environment of its function it is
        self.request_id = ""
        self.inner = threading.Lock()
        self.initialising = False
        self.started = False
        self._library = Library(read(function.archive), [read(each) for each in function.layers])
        self._handler: Callable[[Any, Any], Any] | None = None
        self._lines: list[Line] = []
        self._text = ""
        self._output = 0
        self._log_handlers: list[logging.Handler] = []
        self._log_level = logging.WARNING
        self._variables = _variables(function, stream, kind)
        self._session = _session(function)

    @property
    def is_ready(self) -> bool:
        """Whether it has been initialised."""
        return self._handler is not None

    @property
    def memory_used(self) -> int:
        """The most that it has needed so far, in MB."""
        return min(math.ceil(self.peak), self.function.memory)

    # -- what its code does --------------------------------------------------------------------

    def work(self, cpu_ms: float, io_ms: float, memory_mb: float, spread: float) -> None:
        """See `course.account.work`."""
        stretch = self.rng.lognormvariate(0, spread) if spread else 1.0
        memory = limit("memory_of_one_vcpu") if self.initialising else self.function.memory
        needed = RUNTIME_MEMORY + memory_mb
        fits = needed <= self.function.memory
        self.peak = max(self.peak, needed)
        share = 1.0 if fits else self.function.memory / needed
        waiting.spend(stretch * share * (compute.cpu_time(cpu_ms, memory) + io_ms))
        if not fits:
            raise OutOfMemory

    def reaches(self, service: str) -> bool:
        """Whether its code gets through to an AWS service, from the network it stands in."""
        function = self.function
        if not function.network.get("SubnetIds"):
            return True
        from course.account.functions import networks  # EC2's part of moto takes long to import

        _, _, _, region, account, *_ = function.arn.split(":")
        return networks.reaches(account, region, function.network, self.seat, service)

    def printed(self, text: str) -> None:
        """Take what the code writes to standard output."""
        if self.meter is None:
            return
        self._output += len(text)
        if self._output > MOST_OUTPUT:
            return
        *lines, self._text = (self._text + text).split("\n")
        for line in lines:
            self._keep(line)

    def log(self, level: str | None, message: str, fields: dict[str, Any]) -> None:
        """Take a record of the logging module."""
        if self.meter is not None:
            self._lines.append(Line(self.meter.now, level, message, fields))

    def _keep(self, text: str) -> None:
        at = self.meter.now if self.meter is not None else 0.0
        most = whole("log_event") - 100
        for begin in range(0, max(len(text), 1), most):
            self._lines.append(Line(at, None, text[begin : begin + most]))

    # -- phases --------------------------------------------------------------------------------

    def initialise(self, start: int, most: float) -> Ended:
        """Run the INIT phase from `start` (epoch ms), with `most` ms for it."""
        self.started = True
        return self._phase(start, most, self._load)

    def restore_time(self) -> float:
        """How long SnapStart takes to bring a snapshot back, in ms: it grows with its size."""
        return round((RESTORE + RESTORE_PER_MB * self.peak) * self.rng.lognormvariate(0, 0.1), 2)

    def invoke(self, start: int, call: Call) -> Ended:
        """Run one invocation; an environment that is not ready initialises itself first."""
        self.request_id = call.request_id

        def act() -> str:
            if self._handler is None:
                self._load()
            waiting.spend(OVERHEAD * self.rng.lognormvariate(0, 0.25))
            assert self._handler is not None and self.meter is not None
            context = LambdaContext(self, call, self.meter.start + self.function.timeout)
            return _marshalled(self._handler(call.event, context))

        ended = self._phase(start, float(self.function.timeout), act)
        if ended.kind in ("timeout", "oom", "exit"):
            self._start_over()
        return ended

    def _start_over(self) -> None:
        self._handler = None
        self.services.clear()
        self.peak = float(RUNTIME_MEMORY)
        files, layers = read(self.function.archive), map(read, self.function.layers)
        self._library = Library(files, list(layers))

    def _load(self) -> None:
        """Start the runtime and run the module's code, with a whole vCPU as in every INIT."""
        self.initialising = True
        try:
            waiting.spend(RUNTIME_START * self.rng.lognormvariate(0, 0.12))
            root = logging.getLogger()
            root.handlers[:] = [LogHandler(self)]
            root.setLevel(_root_level(self.function))
            load = importlib.import_module
            self._handler = faults_of_code.find_handler(self.function.handler, load)
        finally:
            self.initialising = False

    def _phase(self, start: int, most: float, act: Callable[[], Any]) -> Ended:
        self._lines, self._text, self._output = [], "", 0
        with waiting.turns().released(), stage.opened(self), self._process():
            # A context of its own: the code's calls are its own, whoever invoked the function.
            ended = contextvars.Context().run(self._measured, start, most, act)
        ended.lines, ended.memory_used = self._lines, self.memory_used
        return ended

    def _measured(self, start: int, most: float, act: Callable[[], Any]) -> Ended:
        with waiting.meter(most, start) as meter, identity.acting_as(self._session):
            self.meter = meter
            ended = self._outcome(act)
            if meter.elapsed >= most:
                ended = Ended("timeout", most)
            ended.elapsed = round(meter.elapsed, 2)
            if self._text:
                self._keep(self._text)
            if self._output > MOST_OUTPUT:
                self._keep(f"Output beyond {MOST_OUTPUT} characters is not kept here.")
            self.meter = None
            return ended

    def _outcome(self, act: Callable[[], Any]) -> Ended:
        try:
            with watchdog.watching():
                return Ended("ok", 0.0, value=act())
        except OutOfTime:
            if self.meter is not None:
                self.meter.elapsed = self.meter.limit
            return Ended("timeout", 0.0)
        except OutOfMemory:
            return Ended("oom", 0.0)
        except (SystemExit, stage.Exited) as error:
            kind, message = faults_of_code.exit_of(error)
            return Ended("exit", 0.0, error_type=kind, error_message=message)
        except Exception as error:
            with self._library.source_lines():
                failure = faults_of_code.failure_of(error)
            return Ended("error", 0.0, failure=failure, error=faults_of_code.response(failure))

    # -- the process ---------------------------------------------------------------------------

    @contextmanager
    def _process(self) -> Iterator[None]:
        """Modules, environment variables and log handlers of this environment, for the block."""
        root = logging.getLogger()
        handlers, level, variables = list(root.handlers), root.level, os.environ
        self._variables["_X_AMZN_TRACE_ID"] = self.trace or ""
        with self._library.opened():
            # Swapped as a whole: the process's own environment is not touched.
            os.environ = self._variables  # type: ignore[assignment]  # noqa: B003
            root.handlers[:] = self._log_handlers
            _set_level(root, self._log_level)
            try:
                yield
            finally:
                self._log_handlers, self._log_level = list(root.handlers), root.level
                root.handlers[:] = handlers
                _set_level(root, level)
                os.environ = variables  # noqa: B003


def _variables(function: Function, stream: str, kind: str) -> dict[str, str]:
    """What the code finds in os.environ: what the process has, and what Lambda defines."""
    region = function.arn.split(":")[3]
    return {
        **os.environ,
        **_FIXED,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_LOG_FORMAT": function.logging["LogFormat"],
        "_HANDLER": function.handler,
        **function.variables,
    }


def _session(function: Function) -> str:
    """The ARN of the role's session in which the code makes its calls."""
    account, role = function.role.split(":")[4], function.role.rsplit("/", 1)[-1]
    return f"arn:aws:sts::{account}:assumed-role/{role}/{function.name}"


_FIXED = {
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
}
_LEVELS = {"TRACE": 5, "WARN": logging.WARNING, "FATAL": logging.CRITICAL}


def _set_level(root: logging.Logger, level: int) -> None:
    """Setting a level makes logging forget what it knows of every logger: only where it differs."""
    if root.level != level:
        root.setLevel(level)


def _root_level(function: Function) -> int:
    """Python's own default in the text format, the application log level in JSON."""
    if not function.logs_json:
        return logging.WARNING
    level = function.logging["ApplicationLogLevel"]
    return _LEVELS.get(level) or logging.getLevelNamesMapping()[level]


def _marshalled(value: Any) -> str:
    """What a handler returned as JSON, as the runtime client writes it."""
    try:
        return json.dumps(value, default=_default, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise faults_of_code.Fault(
            "Runtime.MarshalError", f"Unable to marshal response: {error}"
        ) from None


def _default(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
