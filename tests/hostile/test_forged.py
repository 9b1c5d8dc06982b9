"""Code that forges scores, run in sandboxed kernels with honest work before and after it.

Checks run in a kernel of their own, where none of this reaches them. Some exercises share a kernel
with their checks; what forgers get there is tested by having all of lesson 01's share it (`ALL`).
"""

from __future__ import annotations

import copy
import functools
import os
import socket
from collections.abc import Callable, Container, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from course.grading import runner
from course.grading.boundary import TOGETHER
from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.limits import Limits
from tests.hostile import forgeries, hostile
from tests.hostile.forgeries import FORGED
from tests.hostile.hostile import ALL, LESSON, MAXIMUM, Graded, attacking, blank, cell_of, honest
from tests.lessons import contract
from tools import demo

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("forged")]
LIMITS = Limits(cell_s=20, notebook_s=100)
Grade = Callable[..., Graded]


@pytest.fixture(scope="module")
def grade() -> Iterator[Grade]:
    """Grade a submission in a kernel of its own, forked from the one warm process of all."""
    with kernels.warm(sandboxed=bubblewrap.why_not() is None) as start:

        def graded(
            submitted: Any, limits: Limits = LIMITS, together: Container[str] = TOGETHER
        ) -> Graded:
            rebuilt, job = hostile.job(submitted, limits, together=together)
            return hostile.judged(rebuilt, runner.run(job, functools.partial(start, limits=limits)))

        yield graded


@pytest.fixture(scope="module", autouse=True)
def honest_before_and_after(grade: Grade) -> Iterator[None]:
    before = grade(honest())
    assert (before.total, before.flags) == (MAXIMUM, [])
    yield
    after = grade(honest())
    assert (after.points, after.flags) == (before.points, [])


@pytest.mark.parametrize(("turn", "together"), [(0, TOGETHER), (1, TOGETHER), (2, ALL)])
def test_nobody_is_held_for_another_answer(
    grade: Grade, turn: int, together: Container[str]
) -> None:
    """Right answers of other forms, and wrong ones, of every exercise."""
    nb = honest()
    for one in contract.exercises():
        if one.lesson == LESSON.name and (known := list(contract.answers(one).values())):
            cell_of(nb, one.name).source = known[(7 * turn + 1) % len(known)]
    graded = grade(nb, together=together)
    assert graded.flags == []
    assert 0 < graded.total < MAXIMUM


@pytest.mark.parametrize("row", FORGED)
def test_a_forger_gets_nothing(grade: Grade, row: str) -> None:
    assert grade(attacking(FORGED[row][0])).total == 0


@pytest.mark.parametrize("row", FORGED)
def test_a_forger_who_shares_a_kernel_with_the_checks_is_held(grade: Grade, row: str) -> None:
    code, points, reason = FORGED[row]
    graded = grade(attacking(code), together=ALL)
    assert any(reason in flag for flag in graded.held), graded.flags
    # Held points count for nothing until somebody has looked.
    assert graded.total == points


def test_nothing_comes_of_nothing(grade: Grade) -> None:
    graded = grade(blank())
    assert (graded.total, graded.flags) == (0, [])


@pytest.mark.parametrize("code", [forgeries.FRAME_STATE, forgeries.TRACE_STATE])
def test_86_who_looks_into_frames_finds_nothing_and_is_held(grade: Grade, code: str) -> None:
    graded = grade(attacking("", alarm_state=code))
    assert any("a cell uses frames" in flag for flag in graded.held)
    assert graded.total == 0


@pytest.mark.parametrize("together", [TOGETHER, ALL])
def test_15_no_check_is_in_the_history(grade: Grade, together: Container[str]) -> None:
    graded = grade(attacking("", alarm_state=forgeries.HISTORY_STATE), together=together)
    assert graded.total == 0
    assert "SEEN" in graded.shown() and "AWS's table says" not in graded.printed()


def test_02_85_an_object_that_equals_everything_gets_nothing(grade: Grade) -> None:
    graded = grade(attacking("", alarm_state=forgeries.EQUAL_STATE))
    assert "see alarm_state: uses __eq__" in graded.flags
    assert graded.points["alarm_state"] == 0


def test_who_replaces_a_lessons_helper_gets_nothing(grade: Grade) -> None:
    graded = grade(attacking(forgeries.REHEARSAL, "error_rate_alarm"))
    assert graded.points["error_rate_alarm"] == 0


@pytest.mark.xfail(
    strict=True, reason="values are not seen where checks and answers share a process"
)
def test_an_object_that_equals_everything_is_held_beside_its_check(grade: Grade) -> None:
    graded = grade(attacking("", alarm_state=forgeries.EQUAL_STATE), together=ALL)
    # What there is today is a note for whoever reads it.
    assert "see alarm_state: uses __eq__" in graded.flags
    assert graded.held or graded.points["alarm_state"] == 0


@pytest.mark.xfail(strict=True, reason="an exercise may ask for a lesson's function anew")
def test_who_replaces_a_helper_beside_its_check_is_held(grade: Grade) -> None:
    graded = grade(attacking(forgeries.REHEARSAL, "error_rate_alarm"), together=ALL)
    # What there is today is a note for whoever reads it.
    assert "see rehearse: defined anew" in graded.flags
    assert graded.held


def test_14_tags_skip_no_check(grade: Grade) -> None:
    nb = blank()
    for cell in nb.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception"]
    assert grade(nb).total == 0


def shape(change: str) -> Any:
    """An honest notebook with one thing changed that is not the student's to change."""
    nb = honest()
    check, setup = (cell_of(nb, name) for name in ("alarm_state_check", "setup"))
    twin = copy.deepcopy(check)
    changes: dict[str, Callable[[], object]] = {
        "17_raw": lambda: check.update(cell_type="raw"),
        "18_markdown": lambda: check.update(cell_type="markdown"),
        "19_edited": lambda: check.update(source="pass"),
        "19_points": lambda: check.metadata.nbgrader.update(points=1000),
        "20_deleted": lambda: nb.cells.remove(check),
        "21_duplicated": lambda: nb.cells.append(twin),
        "22_solution": lambda: check.metadata.nbgrader.update(solution=True, grade=False),
        "23_renamed": lambda: check.metadata.nbgrader.update(grade_id="other"),
        "24_schema_2": lambda: check.metadata.nbgrader.update(schema_version=2),
        "25_schema_9": lambda: check.metadata.nbgrader.update(schema_version=9),
        "27_no_metadata": lambda: check.metadata.clear(),
        "76_kernelspec": lambda: nb.metadata.update(kernelspec={"name": "evil"}),
        "77_more_points": lambda: twin.metadata.nbgrader.update(grade_id="more", points=50),
        "80_moved": lambda: nb.cells.insert(0, nb.cells.pop(nb.cells.index(check))),
        "82_ids": lambda: [cell.update(id="a") for cell in nb.cells],
        "83_locked": lambda: setup.update(source="shop = None"),
        "95_no_setup": lambda: nb.cells.remove(setup),
    }
    changes[change]()
    if change == "77_more_points":
        nb.cells.append(twin)
    return nb


SHAPES = (
    *("17_raw", "18_markdown", "19_edited", "19_points", "20_deleted", "21_duplicated"),
    *("22_solution", "23_renamed", "24_schema_2", "25_schema_9", "27_no_metadata"),
    *("76_kernelspec", "77_more_points", "80_moved", "82_ids", "83_locked", "95_no_setup"),
)


def test_the_release_decides_on_the_shape(grade: Grade) -> None:
    expected = hostile.job(honest(), LIMITS)[1].cells
    marked = [cell for cell in expected if cell.role != "own"]
    for change in SHAPES:
        _, job = hostile.job(shape(change), LIMITS)
        # So each gets what the honest one gets: the very same cells are run.
        assert [cell for cell in job.cells if cell.role != "own"] == marked, change


def test_bombs_cost_their_own_cells(grade: Grade) -> None:
    short = Limits(cell_s=5, notebook_s=200, memory_mb=400, file_mb=10, tmp_mb=20)
    graded = grade(
        attacking(
            "import os\nos._exit(0)",  # 30
            slowest_invocations="raise SystemExit",  # 28
            spare_memory="import ctypes\nctypes.string_at(0)",  # 62
            count_declines="print('x' * 80_000_000)",  # 54
            alarm_state="for n in range(30_000): display(n)",  # 56
            error_rate_alarm="try:\n    block = b'x' * 3 * 10**9\nexcept MemoryError:\n    pass",
            checkout_composite="while True:\n    pass",  # 50
            noisy_client="sum(iter(int, 1))",  # 52b
            alarm_that_rings=SPAWN,  # 58, 59, 60
            quiz=LESSON.reference("quiz"),
        ),
        short,
    )
    assert graded.total == LESSON.exercises["quiz"]
    assert graded.held == []
    assert len(graded.run.encode()) < 25_000_000
    flags = " | ".join(graded.flags)
    for told in ("kernel died in emf_line", "time-out in checkout_composite", "no answer to"):
        assert told in flags


SPAWN = """
import os, subprocess, sys
for _ in range(80):
    try:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)  # left-behind"],
                         start_new_session=True)
    except OSError:
        break
with open("big", "wb") as file:
    for _ in range(30):
        file.write(b"0" * 1_000_000)
"""


@pytest.mark.skipif(bubblewrap.why_not() is not None, reason="needs a sandbox")
def test_nothing_is_left_running() -> None:
    commands = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    assert not [line for line in commands if "left-behind" in line]


@pytest.mark.skipif(bubblewrap.why_not() is not None, reason="needs a sandbox")
def test_16_34_43_61_70_nothing_outside_is_seen(
    grade: Grade, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another student's file, the grader's environment and argv, the network."""
    (tmp_path / "secret.txt").write_text("the-other-answer")
    monkeypatch.setenv("SECRET_TOKEN", "the-token")
    listener = socket.create_server(("127.0.0.1", 0))
    code = LOOK.format(
        root=demo.ROOT, path=tmp_path, port=listener.getsockname()[1], pid=os.getpid()
    )
    graded = grade(attacking(code))
    listener.close()
    assert "LOOKED" in graded.shown()
    for secret in ("the-other-answer", "the-token", "CONNECTED", "hidden_seed(", "pytest"):
        assert secret not in graded.printed(), secret


LOOK = """
import glob, os, socket

for path in ["{path}/secret.txt", *glob.glob("/proc/[0-9]*/environ"), "/proc/{pid}/environ",
             *glob.glob("/proc/[0-9]*/cmdline"),
             *[path for path in glob.glob("/tmp/**/*.*", recursive=True)
               if not path.startswith("{root}/")],  # the course itself, where it stands in /tmp
             *glob.glob("{root}/source/**", recursive=True), *glob.glob("../../../source/*/*"),
             "{root}/gradebook.db", os.path.expanduser("~/.bash_history")]:
    try:
        print(open(path, "rb").read())
    except OSError:
        pass
print(os.environ)
try:
    socket.create_connection(("127.0.0.1", {port}), 1)
    print("CONNECTED")
except OSError:
    pass
print("LOOKED")
"""
