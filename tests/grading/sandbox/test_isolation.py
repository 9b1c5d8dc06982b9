"""What code in one kernel can see of the machine, of the course and of other kernels: nothing."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import psutil
import pytest

from course.grading.sandbox.isolation import PRIVATE
from course.grading.sandbox.limits import Limits

from .conftest import Started

REPOSITORY = Path(__file__).resolve().parents[3]
# Every folder below which this process may write.
WRITABLE = """
import os
found = []
for folder, inside, _ in os.walk("/"):
    read_only = os.statvfs(folder).f_flag & os.ST_RDONLY and folder != "/"
    if folder == "/proc" or (read_only and folder != "/dev"):
        inside.clear()
    elif os.access(folder, os.W_OK):
        found.append(folder)
        inside.clear()
print(*found)
"""


def test_a_kernel_runs_code(sandbox: Started) -> None:
    kernel = sandbox()
    assert kernel.run("print(6 * 7)").text == "42\n"
    assert kernel.run("1 / 0").error == "ZeroDivisionError"


def test_the_lessons_libraries_work(sandbox: Started) -> None:
    code = """
        import duckdb, numpy as np, pandas as pd
        import matplotlib.pyplot as plt
        from course import account, data
        frame = pd.DataFrame({"x": np.arange(1000) ** 2})
        plt.plot(frame.x); plt.close()
        ones = np.ones((300, 300))
        print(duckdb.execute("select sum(x) from frame").fetchone()[0], (ones @ ones).sum())
        account.open(data.load("checkout"))
    """
    # duckdb maps more than the small limits of these tests.
    said = sandbox(limits=Limits()).run(code)
    assert (said.error, said.text) == (None, "332833500 27000000.0\n")


def test_the_submissions_other_files_come_along(sandbox: Started, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.csv").write_text("id\n7\n")
    (tmp_path / "lesson.ipynb").write_text("{}")
    (tmp_path / "planted").symlink_to("/etc/hostname")
    kernel = sandbox(tmp_path)
    listed = "import os; print(sorted(n for _, d, f in os.walk('.') for n in [*d, *f]))"
    assert kernel.run(listed).text == "['data', 'orders.csv']\n"
    kernel.run("open('data/orders.csv', 'w').write('changed')")
    assert (tmp_path / "data" / "orders.csv").read_text() == "id\n7\n"


def test_only_private_folders_can_be_written(sandbox: Started) -> None:
    found = sandbox().run(WRITABLE).text.split()
    assert sorted(found) == ["/dev/shm", PRIVATE, "/tmp"]


def test_a_file_of_one_kernel_is_not_there_for_the_next(sandbox: Started) -> None:
    left = "import os\nfor place in ('/tmp', '/dev/shm', os.environ['HOME'], '.', '/sandbox'):\n"
    one, other = sandbox(), sandbox()
    wrote = one.run(left + "    open(f'{place}/mine', 'w').write('secret')")
    assert wrote.error is None
    look = left + "    print(os.path.exists(f'{place}/mine'))"
    assert one.run(look).text == "True\n" * 5
    # While the first still runs, and after it.
    assert other.run(look).text == "False\n" * 5
    one.close()
    assert sandbox().run(look).text == "False\n" * 5


def test_no_shared_memory_passes_from_one_kernel_to_the_next(sandbox: Started) -> None:
    make = """
        import ctypes
        libc = ctypes.CDLL(None)
        print(libc.shmget(4711, 4096, {flags}) >= 0)
    """
    assert sandbox().run(make.format(flags="0o1600")).text == "True\n"
    assert sandbox().run(make.format(flags="0")).text == "False\n"


def test_a_start_up_file_reaches_no_other_kernel(sandbox: Started) -> None:
    place = "os.path.expanduser('~/.ipython/profile_default/startup')"
    sandbox().run(
        f"import os; os.makedirs({place}, exist_ok=True)\n"
        f"open({place} + '/00.py', 'w').write('planted = 1')"
    )
    assert sandbox().run("planted").error == "NameError"


def test_the_environment_is_clean(sandbox: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the grader's own")
    monkeypatch.setenv("COURSE_SEED", "term 7")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    said = sandbox(ONLY_HERE="yes").run("import os; print(sorted(os.environ.items()))").text
    assert "the grader's own" not in said
    names = {"COURSE_SEED", "NBGRADER_EXECUTION", "ONLY_HERE", "HOME", "LANG", "PATH", "TZ"}
    assert {name for name in names if f"'{name}'" not in said} == set()
    tokens = "print(*[n for n in os.environ if 'KEY' in n or 'TOKEN' in n or 'SSH' in n])"
    assert sandbox().run(f"import os; {tokens}").text == "\n"


def test_no_process_but_its_own_is_in_sight(sandbox: Started) -> None:
    code = """
        import os
        print(*[p for p in os.listdir('/proc') if p.isdigit()])
        for name in ('environ', 'fd', 'root', 'mem'):
            try:
                path = f'/proc/1/{name}'
                seen = os.listdir(path) if os.path.isdir(path) else open(path).read(1)
                print('seen', name)
            except OSError:
                pass
    """
    text = sandbox().run(code).text
    assert text in ("1 2\n", "\n"), "only warden and kernel, or no /proc at all"


def test_the_warden_cannot_be_killed_or_traced(sandbox: Started) -> None:
    kernel = sandbox()
    code = """
        import ctypes, os, signal
        os.kill(1, signal.SIGKILL)
        os.kill(1, signal.SIGTERM)
        attach = 16
        print(ctypes.CDLL(None).ptrace(attach, 1, 0, 0))
    """
    assert kernel.run(code).text == "-1\n"
    assert kernel.run("print('still here')").text == "still here\n"


def test_nothing_of_the_course_but_its_package(sandbox: Started, tmp_path: Path) -> None:
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("grades")
    hidden = [gradebook, *(REPOSITORY / name for name in ("source", "tests", "nbgrader_config.py"))]
    hidden += [Path("/etc/passwd"), Path("/etc/shadow"), Path("/var")]
    code = f"""
        import os
        for path in {[str(path) for path in hidden]}:
            print(os.path.exists(path))
        import course
        open(os.path.join(course.__path__[0], 'planted.py'), 'w')
    """
    said = sandbox().run(code)
    assert (said.text, said.error) == ("False\n" * 7, "OSError")


def test_there_is_no_network(sandbox: Started) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = sandbox().run(f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)")
    assert said.error == "ConnectionRefusedError"
    # By the library's own function: the simulated account replaces Python's.
    away = "import ctypes, socket, struct\nfar = socket.socket()\n"
    away += "where = struct.pack('!HHI8x', socket.htons(2), 80, 0xC0000201)\n"
    away += "libc = ctypes.CDLL(None, use_errno=True)\n"
    away += "print(libc.connect(far.fileno(), where, 16), ctypes.get_errno())"
    assert sandbox().run(away).text == f"-1 {errno.ENETUNREACH}\n"
    # Nor names without an address: sockets that live in the machine's network namespace.
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0here-{os.getpid()}")
        abstract.listen()
        code = f"import socket; socket.socket(socket.AF_UNIX).connect('\\0here-{os.getpid()}')"
        assert sandbox().run(code).error == "ConnectionRefusedError"


def test_a_kernel_has_a_loopback_of_its_own(sandbox: Started) -> None:
    serve = "import socket; s = socket.create_server(('127.0.0.1', 8765))"
    one, other = sandbox(), sandbox()
    assert one.run(serve).error is None
    # The same port is free in the next kernel, and leads to nobody from a third.
    connect = "import socket; socket.create_connection(('127.0.0.1', 8765), 5).close()"
    assert one.run(connect).error is None
    assert other.run(connect).error == "ConnectionRefusedError"


def test_no_right_can_be_won_back(sandbox: Started) -> None:
    code = """
        import ctypes, os
        libc = ctypes.CDLL(None)
        new_user, new_mount, remount = 0x10000000, 0x20000, 32
        print(libc.mount(b'none', b'/usr', b'', remount, b''), libc.umount2(b'/proc', 2))
        print(libc.unshare(new_user | new_mount))
        # Root of a new namespace: what lies under the covers must stay under them.
        print([libc.umount2(place, 2) for place in (b'/proc', b'/tmp', b'/sandbox', b'/dev/pts')])
        print(libc.mount(b'none', b'/usr', b'', remount | 4096, b''), os.access('/usr', os.W_OK))
    """
    lines = sandbox().run(code).text.splitlines()
    assert lines[0] == "-1 -1"
    assert lines[2:] == ["[-1, -1, -1, -1]", "-1 False"]


def test_random_seeds_differ(sandbox: Started) -> None:
    code = """
        import random, uuid, tempfile
        import numpy as np
        from moto.moto_api._internal import mock_random
        print(random.random(), np.random.random(), uuid.uuid4(), mock_random.random(),
              tempfile.mkdtemp())
    """
    drawn = [sandbox().run(code).text.split() for _ in range(3)]
    for column in zip(*drawn, strict=True):
        assert len(set(column)) == 3


def test_nothing_is_left_running(sandbox: Started) -> None:
    before = {process.pid for process in psutil.process_iter()}
    kernel = sandbox()
    daemon = """
        import os, signal, time
        if os.fork() == 0:
            os.setsid()
            for signum in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                signal.signal(signum, signal.SIG_IGN)
            if os.fork() == 0:
                os.setsid()
                while True:
                    time.sleep(1)
            os._exit(0)
        os.wait()
    """
    kernel.run(daemon)
    inside = _below(before)
    assert len(inside) == 3, "warden, kernel and daemon"
    kernel.close()
    assert not psutil.wait_procs(inside, timeout=20)[1]


def _below(before: set[int]) -> list[psutil.Process]:
    """Processes of ours that are new: other programs start some, too."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if process.pid not in before
    ]


def test_a_daemon_ends_without_a_sandbox_too(no_sandbox: Started) -> None:
    kernel = no_sandbox()
    daemon = """
        import os, time
        told, tell = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(tell, str(os.getpid()).encode())
                time.sleep(999)
            os._exit(0)
        os.wait()
        print(os.read(told, 20).decode(), os.getpid(), os.getppid())
    """
    inside = [psutil.Process(int(pid)) for pid in kernel.run(daemon).text.split()]
    kernel.close()
    assert not psutil.wait_procs(inside, timeout=20)[1]
