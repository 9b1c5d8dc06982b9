"""What one kernel may use up, and what becomes of it when it tries for more."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from course.errors import UserError
from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.limits import Limits

from .conftest import LIMITS, Kernel, Started


def test_an_allocation_of_3_gb_fails_and_the_kernel_goes_on(sandbox: Started) -> None:
    kernel = sandbox(limits=Limits())
    assert kernel.run("x = bytearray(3 << 30)").error == "MemoryError"
    assert "MemoryError" in str(kernel.run("import numpy; numpy.ones(3 << 27)").error)
    assert kernel.run("x = bytearray(500 << 20); print(len(x))").text == f"{500 << 20}\n"


def test_processes_together_use_no_more_memory_than_one(sandbox: Started) -> None:
    kernel = sandbox()
    _needs_proc(kernel)
    kernel.send("import os, time\nos.fork(); os.fork()\nx = b'x' * (250 << 20); time.sleep(60)")
    assert kernel.dies() == -signal.SIGKILL
    assert kernel.manager.why == "memory"


def test_memory_without_an_owner_counts(sandbox: Started) -> None:
    kernel = sandbox()
    _needs_proc(kernel)
    hide = """
        import os, time
        hidden = [os.memfd_create(str(n)) for n in range(60)]
        for fd in hidden:
            os.truncate(fd, 15 << 20)
            os.write(fd, b'x' * (15 << 20))
        time.sleep(60)
    """
    kernel.send(hide)
    assert kernel.dies() == -signal.SIGKILL
    assert kernel.manager.why == "memory"


def test_a_full_disk_is_an_error_in_the_cell(sandbox: Started) -> None:
    kernel = sandbox()
    fill = "for n in range(9):\n    open(f'{n}', 'wb').write(b'x' * (10 << 20))"
    assert kernel.run(fill).error == "OSError"
    assert kernel.run("open('/tmp/one', 'wb').write(b'x' * (30 << 20))").error == "OSError"
    assert kernel.run("print('goes on')").text == "goes on\n"
    # And is nobody else's.
    assert sandbox().run("open('big', 'wb').write(b'x' * (10 << 20))").error is None


def test_a_file_may_not_grow_for_ever(sandbox: Started) -> None:
    said = sandbox().run("open('big', 'wb').write(b'x' * (21 << 20))")
    assert said.error == "OSError"


def test_a_fork_bomb_stays_small(sandbox: Started) -> None:
    kernel = sandbox()
    before = len(psutil.pids())
    kernel.send(
        "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    )
    most = 0
    for _ in range(200):
        most = max(most, len(psutil.pids()))
        if most - before > LIMITS.processes // 2 or kernel.ended():
            break
    assert most - before < 4 * LIMITS.processes
    kernel.close()
    assert sandbox().run("print('goes on')").text == "goes on\n"


def test_processor_time_counts_all_threads_and_children(sandbox: Started) -> None:
    kernel = sandbox(limits=Limits(cpu_s=2))
    kernel.send("import os\nos.fork()\nwhile True: pass")
    assert kernel.dies() in (-signal.SIGKILL, -signal.SIGXCPU)
    assert kernel.manager.why == "cpu"


def test_a_kernel_does_not_outlive_its_time(sandbox: Started) -> None:
    kernel = sandbox(limits=Limits(notebook_s=1))
    kernel.send("import time; time.sleep(600)")
    assert kernel.dies() == -signal.SIGKILL
    assert kernel.manager.why == "time"


@pytest.mark.parametrize(
    "loop",
    [
        "while True: pass",
        "import time; time.sleep(600)",
        "import socket; here, there = socket.socketpair(); here.recv(1)",
    ],
)
def test_an_interrupt_stops_the_cell_alone(sandbox: Started, loop: str) -> None:
    kernel = sandbox()
    kernel.send(f"print('begun', flush=True)\n{loop}")
    kernel.hears("begun")
    kernel.interrupt()
    assert kernel.replied() == "KeyboardInterrupt"
    assert kernel.run("print('goes on')").text == "goes on\n"


@pytest.mark.parametrize(
    ("deed", "code"),
    [
        ("os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("os._exit(3)", 3),
        ("__import__('ctypes').string_at(0)", -signal.SIGSEGV),
        ("os.abort()", -signal.SIGABRT),
    ],
)
def test_how_a_kernel_died_is_known(sandbox: Started, deed: str, code: int) -> None:
    kernel = sandbox()
    kernel.send(f"import os; {deed}")
    assert kernel.dies() == code
    assert kernel.manager.why is None
    assert sandbox().run("print('goes on')").text == "goes on\n"


def test_a_kernel_that_never_answers_is_ended(sandbox: Started) -> None:
    kernel = sandbox()
    kernel.send("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")
    kernel.close()
    assert kernel.ended()
    assert kernel.manager.why == "ended"


def test_a_killed_warm_process_is_replaced() -> None:
    _needs_a_sandbox()
    _in_a_program(
        """
        import asyncio, psutil
        from course.grading.sandbox import kernels
        from course.grading.sandbox.limits import Limits

        async def one(start):
            manager = start()
            await manager.start_kernel()
            client = manager.client()
            client.start_channels()
            await client.wait_for_ready(timeout=60)
            return manager, client

        async def main(start):
            manager, client = await one(start)
            for process in psutil.Process().children():
                process.kill()
            await manager.provisioner.wait()
            print(manager.why)
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
            manager, client = await one(start)
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
            print(manager.why)

        with kernels.warm(preload=()) as start:
            asyncio.run(main(start))
        """,
        says="lost\nended\n",
    )


def test_nothing_survives_a_killed_grader() -> None:
    _needs_a_sandbox()
    program = """
        import asyncio, json, os, psutil
        from course.grading.sandbox import kernels

        async def main(start):
            manager = start()
            await manager.start_kernel()
            client = manager.client()
            client.start_channels()
            await client.wait_for_ready(timeout=60)
            inside = psutil.Process().children(recursive=True)
            print(json.dumps([process.pid for process in inside]), flush=True)
            os.kill(os.getpid(), 9)

        with kernels.warm(preload=()) as start:
            asyncio.run(main(start))
    """
    ended = _program(program)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    pids = json.loads(ended.stdout)
    assert len(pids) >= 4, "bwrap twice, warm process, warden, kernel"
    left = [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]
    assert not psutil.wait_procs(left, timeout=20)[1]


def test_without_bubblewrap_it_says_so_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    bubblewrap.why_not.cache_clear()
    try:
        with pytest.raises(UserError, match="bwrap is not installed") as refused, kernels.warm():
            pass
    finally:
        bubblewrap.why_not.cache_clear()
    assert "\n" not in str(refused.value) and "--no-sandbox" in str(refused.value)


def test_where_namespaces_are_forbidden_the_reason_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    bubblewrap.why_not.cache_clear()
    try:
        assert "No permissions to create new namespace" in str(bubblewrap.why_not())
    finally:
        bubblewrap.why_not.cache_clear()


def test_inside_another_sandbox_it_works_with_an_empty_proc() -> None:
    """As in a container that hides parts of /proc: a new one may not be mounted there."""
    _needs_a_sandbox()
    outer = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-net", "--cap-add", "ALL"]
    outer += ["--dev-bind", "/", "/", "--proc", "/proc", "--"]
    program = """
        import asyncio
        from course.grading.sandbox import kernels

        async def main(start):
            manager = start()
            await manager.start_kernel()
            client = manager.client()
            client.start_channels()
            await client.wait_for_ready(timeout=60)
            said = []
            note = lambda message: said.append(message["content"].get("text", ""))
            code = "import os; print(len([p for p in os.listdir('/proc') if p.isdigit()]) <= 2)"
            await client.execute_interactive(code, timeout=60, output_hook=note)
            client.stop_channels()
            await manager.shutdown_kernel(now=True)
            print("".join(said), end="")

        with kernels.warm(preload=()) as start:
            asyncio.run(main(start))
    """
    ended = _program(program, outer)
    if "Creating new namespace" in ended.stderr:
        pytest.skip("this machine allows no sandbox in a sandbox")
    assert (ended.stdout, ended.stderr) == ("True\n", "")


def _needs_a_sandbox() -> None:
    if why := bubblewrap.why_not():
        pytest.skip(why)


def _needs_proc(kernel: Kernel) -> None:
    if kernel.run("import os; print(os.path.exists('/proc/self'))").text != "True\n":
        pytest.skip("no /proc in the sandbox here: limits hold for each process alone")


def _in_a_program(text: str, says: str) -> None:
    ended = _program(text)
    assert (ended.stdout, ended.stderr) == (says, "")


def _program(text: str, within: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*within, sys.executable, "-c", textwrap.dedent(text)],
        capture_output=True,
        text=True,
        timeout=120,
    )
