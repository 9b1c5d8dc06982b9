"""Step Functions: moto's interpreter of the Amazon States Language, on the account's clock.

moto runs an execution in threads that really wait. Here every state is a step on the agenda: it
runs when the clock gets there, what it spends (a Wait, a retry's interval, a function's duration)
moves the next one back, and a task that takes longer than its TimeoutSeconds fails. A transition
takes 10 ms (AWS does not say; a machine that loops must not stand still). An execution fails at
25,000 history events (Step Functions Developer Guide, "Step Functions service quotas"). Branches
of a Parallel state and items of a Map state run one after another. What waits for somebody outside
is refused: task tokens, .sync integrations, activities, distributed maps, and a TimeoutSeconds of
the whole machine; so is JSONata. Service events and metrics: "Automating Step Functions event
delivery with EventBridge" and "Monitoring Step Functions metrics".
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import wraps
from math import ceil
from types import SimpleNamespace
from typing import Any

from course.account import identity, waiting
from course.account.clock import utc
from course.account.errors import NotSimulated
from course.account.events import bus
from course.account.region import Region

PARSER = "moto.stepfunctions.parser"
TRANSITION = 10
MAX_EVENTS = 25_000
SERVICE = "states.amazonaws.com"
NAMESPACE = "AWS/States"
METRICS = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "ABORTED": "ExecutionsAborted",
    "TIMED_OUT": "ExecutionsTimedOut",
}
# Modules of moto whose threads run at once and whose time-outs are the account's.
THREADED = (
    "asl.component.state.exec.execute_state",
    "asl.component.state.exec.state_parallel.branch_worker",
    "asl.component.state.exec.state_map.iteration.inline_iteration_component",
)


class _Begun(BaseException):
    """The interpreter is set up, and its first state may run."""

    def __init__(self, program: Any) -> None:
        super().__init__()
        self.program = program


class _NextState(BaseException):
    """One state has run, and there is another."""


class _AtOnce:
    """Stands for Thread: what it is to do is done when it starts."""

    native_id = 0

    def __init__(self, target: Callable[..., None], **options: Any) -> None:
        self._target = target

    def start(self) -> None:
        self._target()


class _Timed:
    """Stands for Event: a wait is in time if no more of the account's time has passed than that."""

    def __init__(self) -> None:
        self._began = _spent()
        self._took: float | None = None

    def set(self) -> None:
        self._took = _spent() - self._began

    def wait(self, timeout: float) -> bool:
        return self._took is not None and self._took <= timeout * 1000


def _spent() -> float:
    meter = waiting.current()
    return 0.0 if meter is None else meter.elapsed


def replacements(region_named: Callable[[str], Region]) -> Iterator[tuple[str, str, Any]]:
    """What takes the place of moto's own: (module below PARSER, "Class.method", function)."""
    from moto.stepfunctions.parser.asl.component.program.program import Program
    from moto.stepfunctions.parser.backend.execution import Execution
    from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
    from moto.stepfunctions.parser.models import StepFunctionsParserBackend

    start_execution = StepFunctionsParserBackend.start_execution
    stop, history = ExecutionWorker.stop, Execution.to_history_output

    @wraps(start_execution)
    def start_named(backend: Any, arn: str, name: str | None = None, *rest: Any) -> Any:
        region = region_named(backend.region_name)
        machine = backend.describe_state_machine(arn)
        _check(json.loads(machine.definition))
        before = len(machine.executions)
        execution = start_execution(backend, arn, name or region.new_id(), *rest)
        # The same name and input again is the same execution.
        if len(machine.executions) > before:
            _tell(region, execution)
        return execution

    def start_worker(worker: Any) -> None:
        region = region_named(worker._evaluation_details.aws_execution_details.region)
        worker.due = None
        try:
            worker._execution_logic()
        except _Begun as begun:
            worker.program = begun.program
            worker.due = region.agenda.at(region.now, lambda: _step(region, worker))

    @wraps(stop)
    def stop_worker(worker: Any, *how: Any, **named: Any) -> None:
        region = region_named(worker._evaluation_details.aws_execution_details.region)
        stop(worker, *how, **named)
        if worker.due is not None:
            worker.due.cancel()
            _step(region, worker)

    @wraps(history)
    def history_so_far(execution: Any) -> Any:
        now = utc(region_named(execution.region_name).now)
        found = history(execution)["events"]
        return {"events": [each for each in found if _when(each["timestamp"]) <= now]}

    def evaluate(program: Any, env: Any) -> None:
        env.next_state_name = program.start_at.start_at_name
        if not env.is_frame():
            raise _Begun(program)
        super(Program, program).eval(env)

    yield "models", "StepFunctionsParserBackend.start_execution", start_named
    yield "backend.execution_worker", "ExecutionWorker.start", start_worker
    yield "backend.execution_worker", "ExecutionWorker.stop", stop_worker
    yield "backend.execution", "Execution.to_history_output", history_so_far
    yield "asl.component.program.program", "Program.eval", evaluate
    yield (
        "asl.component.state.wait.wait_function.wait_function",
        "WaitFunction._wait_interval",
        (lambda wait, env, wait_seconds: waiting.spend(wait_seconds * 1000)),
    )


def use_no_threads() -> None:
    """Let moto's interpreter run in one thread, and really execute."""
    from importlib import import_module

    from moto.core.config import default_user_config

    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    for name in THREADED:
        module: Any = import_module(f"{PARSER}.{name}")
        module.threading = SimpleNamespace(Thread=_AtOnce, Event=_Timed)
        module.Thread = _AtOnce
    retrier: Any = import_module(f"{PARSER}.asl.component.common.retry.retrier_decl")
    retrier.time = SimpleNamespace(sleep=lambda seconds: waiting.spend(seconds * 1000))
    # It reports every failure of a state on its logger, which would show up in a notebook.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)


def _check(definition: Any) -> None:
    """Refuse what would wait for somebody who is not there."""
    if "TimeoutSeconds" in definition:
        _refuse("a state machine with TimeoutSeconds", "Give the tasks a TimeoutSeconds.")
    for found in _objects(definition):
        resource = found.get("Resource", "")
        if resource.endswith((".waitForTaskToken", ".sync", ".sync:2")) or ":activity:" in resource:
            _refuse(f"the task {resource}", "Call a function or a service and go on.")
        if found.get("QueryLanguage") == "JSONata":
            _refuse("a state machine in JSONata", "Write it in JSONPath.")
        if found.get("Mode") == "DISTRIBUTED":
            _refuse("a distributed Map state", "Use the mode INLINE.")


def _refuse(what: str, instead: str) -> None:
    raise NotSimulated(f"stepfunctions:StartExecution of {what}", instead)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from _objects(inner)


def _step(region: Region, worker: Any) -> None:
    """Run one state, and put on the agenda what comes after it."""
    role = worker._evaluation_details.aws_execution_details.role_arn
    with waiting.meter() as meter, identity.acting_as(role, service=SERVICE):
        is_over = _run_one_state(worker.program, worker.env)
    if is_over:
        worker.due = None
        region.agenda.at(region.now + ceil(meter.elapsed), lambda: _end(region, worker))
        return
    if worker.env.event_history_context.last_published_event_id >= MAX_EVENTS:
        cause = f"The execution reached the maximum number of history events ({MAX_EVENTS})."
        worker.env.set_error({"error": "States.Runtime", "cause": cause})
    later = region.now + ceil(meter.elapsed) + TRANSITION
    worker.due = region.agenda.at(later, lambda: _step(region, worker))


def _run_one_state(program: Any, env: Any) -> bool:
    """Whether the execution is over: ended, failed, or stopped from outside."""
    found: list[str] = []

    def one_state(name: str) -> Any:
        if found:
            raise _NextState
        found.append(name)
        return type(program)._get_state(program, name)

    program._get_state = one_state
    try:
        program._eval_body(env)
    except _NextState:
        return False
    return True


def _end(region: Region, worker: Any) -> None:
    worker._execution_communication.terminated()
    execution = worker._execution_communication.execution
    execution.stop_date = utc(region.now)
    _tell(region, execution)


def _when(timestamp: Any) -> datetime:
    return timestamp if isinstance(timestamp, datetime) else datetime.fromisoformat(timestamp)


def _tell(region: Region, execution: Any) -> None:
    """The metric, the event on the default bus and the happening of a change of status."""
    status = str(execution.exec_status.value)
    machine = execution.state_machine_arn
    metric = METRICS.get(status, "ExecutionsStarted")
    bus.count_in(region, NAMESPACE, metric, {"StateMachineArn": machine})
    ended = execution.stop_date
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": machine,
        "name": execution.name,
        "status": status,
        "startDate": round(execution.start_date.timestamp() * 1000),
        "stopDate": None if ended is None else round(ended.timestamp() * 1000),
        "input": json.dumps(execution.input_data),
        "output": json.dumps(execution.output) if status == "SUCCEEDED" else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    bus.emit(
        region,
        source="aws.states",
        detail_type="Step Functions Execution Status Change",
        detail=detail,
        resources=[execution.exec_arn],
    )
    region.happened("execution", execution=execution.exec_arn, status=status)
