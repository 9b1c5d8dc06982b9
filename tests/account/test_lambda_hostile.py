"""Code that misbehaves ends as it would on Lambda, and the account goes on."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import boto3
import pytest

from course.account import Account
from course.account.functions import watchdog
from tests.account.behaviours import behaviour
from tests.account.lambdas import Lambdas


@pytest.fixture
def lambdas(account: Account, session: boto3.Session, clients: dict[str, Any]) -> Lambdas:
    return Lambdas(session, clients)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The watchdog loses its patience soon."""
    monkeypatch.setattr(watchdog, "PATIENCE", 0.2)


def handler(body: str, imports: str = "") -> str:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    before = f"{imports}\nfrom course.account import work\n"
    return f"{before}def lambda_handler(event, context):\n{lines}\n"


def goes_on(lambdas: Lambdas) -> None:
    """The account still answers, and runs functions."""
    lambdas.make("def lambda_handler(event, context):\n    return 'fine'\n", "after")
    assert lambdas.call(name="after") == "fine"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import sys; sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("raise SystemExit", "Runtime exited without providing a reason"),
        ("exit('sorry')", "Runtime exited with error: exit status 1"),
        ("import os; os._exit(7)", "Runtime exited with error: exit status 7"),
        ("import os; os.abort()", "Runtime exited with error: signal: aborted"),
        ("import os; os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
    ],
)
@behaviour("lambda.process_exit")
def test_leaving_the_process_ends_the_environment(
    lambdas: Lambdas, body: str, message: str
) -> None:
    lambdas.make(handler(body))
    kind, document = lambdas.failure()
    assert kind == "Unhandled"
    assert document["errorType"] == "Runtime.ExitError"
    assert re.fullmatch(rf"RequestId: \S+ Error: {re.escape(message)}", document["errorMessage"])
    assert lambdas.log()[-1].endswith("Status: error\tError Type: Runtime.ExitError\n")
    goes_on(lambdas)


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    pass",
        "while True:\n    try:\n        work()\n    except BaseException:\n        pass",
        "import threading\nthreading.Event().wait()",
        "import queue\nqueue.Queue().get()",
        "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    ],
    ids=["loop", "loop that catches", "event", "queue", "lock"],
)
@pytest.mark.usefixtures("hasty")
@behaviour("lambda.never_returns")
def test_code_that_never_returns_times_out(lambdas: Lambdas, account: Account, body: str) -> None:
    lambdas.make(handler(body), Timeout=7)
    before = account.now
    _, document = lambdas.failure()
    assert document["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 7.00 seconds" in document["errorMessage"]
    assert 7 < (account.now - before).total_seconds() < 7.5
    goes_on(lambdas)


@pytest.mark.usefixtures("hasty")
@behaviour("lambda.never_returns")
def test_initialisation_that_never_ends(lambdas: Lambdas) -> None:
    lambdas.make("while True:\n    pass\n", Timeout=5)
    _, document = lambdas.failure()
    assert document["errorType"] == "Sandbox.Timedout"
    reports = [text for text in lambdas.log() if text.startswith("INIT_REPORT")]
    assert re.search(r"Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout", reports[0])
    goes_on(lambdas)


@pytest.mark.usefixtures("hasty")
def test_other_threads_are_watched_too(lambdas: Lambdas) -> None:
    lambdas.make(handler("while True:\n    pass"), Timeout=4)
    found: list[Any] = []
    caller = threading.Thread(target=lambda: found.append(lambdas.failure()))
    caller.start()
    caller.join(10)
    assert found[0][1]["errorType"] == "Sandbox.Timedout"
    goes_on(lambdas)


@behaviour("lambda.much_output")
def test_a_megabyte_of_output_is_kept_in_the_log(lambdas: Lambdas) -> None:
    lambdas.make(handler("print('x' * 1_200_000)\nprint('end', end='')"))
    lambdas.call()
    log = lambdas.log()
    assert sum(len(text.strip()) for text in log if set(text) <= {"x", "\n"}) == 1_200_000
    assert "end\n" in log
    goes_on(lambdas)


@behaviour("lambda.threads")
def test_threads_of_a_handler_belong_to_it(lambdas: Lambdas) -> None:
    body = (
        "def ask(number):\n"
        "    table.put_item(TableName='orders', Item={'orderId': {'S': str(number)}})\n"
        "    print('asked', number)\n"
        "    time.sleep(0.1)\n"
        "    return number\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    return sorted(pool.map(ask, range(8)))"
    )
    imports = (
        "import boto3, time\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "table = boto3.client('dynamodb')"
    )
    lambdas.make(handler(body, imports), Timeout=10)
    assert lambdas.call() == list(range(8))
    assert sum("asked" in text for text in lambdas.log()) == 8


@behaviour("lambda.threads")
def test_waiting_in_threads_overlaps(lambdas: Lambdas, account: Account) -> None:
    body = (
        "threads = [threading.Thread(target=time.sleep, args=(2,)) for _ in range(10)]\n"
        "for thread in threads:\n    thread.start()\n"
        "for thread in threads:\n    thread.join()\n"
        "time.sleep(1)\n"
        "return 'done'"
    )
    lambdas.make(handler(body, "import threading, time"), Timeout=10)
    before = account.now
    assert lambdas.call() == "done"
    assert 3 < (account.now - before).total_seconds() < 3.3


@behaviour("lambda.threads")
def test_a_pool_does_as_much_at_once_as_it_has_workers(lambdas: Lambdas, account: Account) -> None:
    body = (
        "with ThreadPoolExecutor(4) as pool:\n"
        "    found = list(pool.map(time.sleep, [0.5] * 8))\n"
        "    time.sleep(1)\n"
        "return len(found)"
    )
    imports = "import time\nfrom concurrent.futures import ThreadPoolExecutor"
    lambdas.make(handler(body, imports), Timeout=10)
    before = account.now
    assert lambdas.call() == 8
    assert 2 < (account.now - before).total_seconds() < 2.3


@behaviour("lambda.threads")
def test_a_thread_left_behind_stops_with_its_environment(lambdas: Lambdas) -> None:
    body = (
        "def work_on():\n"
        "    while True:\n"
        "        time.sleep(0.01)\n"
        "        context.get_remaining_time_in_millis()\n"
        "        import os; os.sched_yield()\n"
        "thread = threading.Thread(target=work_on, name='left behind')\n"
        "thread.start()\n"
        "return 'done'"
    )
    lambdas.make(handler(body, "import threading, time"))
    assert lambdas.call() == "done"
    left = [thread for thread in threading.enumerate() if thread.name == "left behind"]
    for thread in left:
        thread.join(5)
        assert not thread.is_alive()
    goes_on(lambdas)


def test_an_exception_in_a_thread_goes_to_the_log(lambdas: Lambdas) -> None:
    body = (
        "thread = threading.Thread(target=lambda: 1 / 0)\nthread.start()\nthread.join()\nreturn 1"
    )
    lambdas.make(handler(body, "import threading"))
    assert lambdas.call() == 1
    assert any("ZeroDivisionError" in text for text in lambdas.log())


@behaviour("lambda.globals_stay")
def test_changes_to_the_process_do_not_outlive_the_call(lambdas: Lambdas) -> None:
    body = "import os, sys, json\nos.environ.clear()\nsys.path.append('/planted')\nreturn 1"
    lambdas.make(handler(body))
    assert lambdas.call() == 1
    assert "/planted" not in sys.path
    goes_on(lambdas)


def test_input_finds_nobody(lambdas: Lambdas) -> None:
    lambdas.make(handler("return input('name? ')"))
    assert lambdas.failure()[1]["errorType"] == "EOFError"


@behaviour("lambda.no_real_waiting")
def test_nothing_sleeps_for_real(
    lambdas: Lambdas, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    lambdas.make(
        handler(
            "time.sleep(event)\nwork(io_ms=3000)\nsleep(1)", "import time\nfrom time import sleep"
        ),
        Timeout=60,
    )
    began = time.perf_counter()
    lambdas.call(20)
    lambdas.client.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps(20))
    account.advance(minutes=10)
    assert slept == []
    assert time.perf_counter() - began < 5


def test_a_handler_that_calls_another_waits_for_it(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(
        "import time\ndef lambda_handler(e, c):\n    time.sleep(2)\n    return 'inner'\n", "inner"
    )
    lambdas.make(
        "import boto3, json\n"
        "client = boto3.client('lambda')\n"
        "def lambda_handler(event, context):\n"
        "    answer = client.invoke(FunctionName='inner')\n"
        "    left = context.get_remaining_time_in_millis()\n"
        "    return ['outer', json.load(answer['Payload']), left]\n",
        "outer",
        Timeout=10,
    )
    before = account.now
    outer, inner, left = lambdas.call(name="outer")
    assert (outer, inner) == ("outer", "inner")
    assert 7000 < left < 7990
    assert 2.0 < (account.now - before).total_seconds() < 3.5
    assert lambdas.total("Invocations", "inner") == 1


@behaviour("lambda.asyncio")
def test_asyncio_waits_in_virtual_time(lambdas: Lambdas, account: Account) -> None:
    lambdas.make(
        "import asyncio\n"
        "async def wait(seconds):\n    await asyncio.sleep(seconds)\n    return seconds\n"
        "async def main():\n    return await asyncio.gather(wait(20), wait(30))\n"
        "def lambda_handler(event, context):\n    return asyncio.run(main())\n",
        Timeout=60,
    )
    before, began = account.now, time.perf_counter()
    assert lambdas.call() == [20, 30]
    assert time.perf_counter() - began < 5
    assert 29.9 < (account.now - before).total_seconds() < 31


def test_asyncio_works_inside_a_notebooks_loop(lambdas: Lambdas) -> None:
    lambdas.make(
        "import asyncio\n"
        "async def main():\n    await asyncio.sleep(1)\n    return 'ran'\n"
        "def lambda_handler(event, context):\n    return asyncio.run(main())\n"
    )

    async def cell() -> Any:
        return lambdas.call()

    assert asyncio.run(cell()) == "ran"


def test_an_alarm_of_the_callers_comes_no_later_for_a_function_that_ran() -> None:
    """A time limit around many calls counts the time that they take."""
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    try:
        signal.setitimer(signal.ITIMER_REAL, 100, 7)
        since = time.perf_counter()
        with watchdog.watching():
            while (took := time.perf_counter() - since) < 0.02:
                pass
        left, again = signal.getitimer(signal.ITIMER_REAL)
        assert left <= 100 - took and again == 7
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


TRACED = """
import sys, threading
from course.account.functions import watchdog
from course.account.waiting import OutOfTime

patience, endless = watchdog.PATIENCE, sys.argv[1] == "endless"
if endless:
    watchdog.PATIENCE = 0.05

def watched():
    try:
        with watchdog.watching():
            while endless:
                pass
    except OutOfTime:
        print("interrupted")

thread = threading.Thread(target=watched)
thread.start()
thread.join()
watchdog.PATIENCE, endless = patience, False
sys.settrace(lambda *_: None)
watched()
print("traced")
"""


@pytest.mark.parametrize(("kind", "said"), [("short", ""), ("endless", "interrupted\n")])
def test_after_a_thread_was_watched_a_program_can_be_traced(kind: str, said: str) -> None:
    """A debugger, a profiler; in a process of its own, for what fails here never ends."""
    told = [sys.executable, "-c", TRACED, kind]
    ran = subprocess.run(told, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == said + "traced\n"
