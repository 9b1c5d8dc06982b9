"""One notebook in a kernel: limits, deaths, floods; in a sandboxed kernel and in a plain one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from course.grading import kernel, runner
from course.grading.outputs import plain
from course.grading.runs import Cell, Job, Run
from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.limits import Limits

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("runner")]
SHORT = Limits(cell_s=2, notebook_s=60)


@pytest.fixture(scope="module", params=["plain", "sandboxed"])
def start(request: pytest.FixtureRequest) -> Iterator[kernel.Start]:
    if request.param == "plain":
        yield kernel.plain_kernel
        return
    if why := bubblewrap.why_not():
        pytest.skip(why)
    with kernels.warm(preload=()) as sandboxed:
        yield sandboxed


@pytest.fixture
def ran(start: kernel.Start) -> Any:
    def run(*sources: str | tuple[str, str], limits: Limits = SHORT, **more: Any) -> Run:
        marked = [("own", one) if isinstance(one, str) else one for one in sources]
        cells = [Cell(f"c{n}", role, text) for n, (role, text) in enumerate(marked)]
        return runner.run(Job(tuple(cells), limits=limits, **more), start)

    return run


def text(run: Run, position: int) -> str:
    shown = []
    for out in run.cells[position].outputs:
        shown.append(out.get("text") or out.get("evalue") or out["data"]["text/plain"])
    return "".join(shown)


def names(run: Run, position: int) -> list[str]:
    return [out["ename"] for out in run.cells[position].outputs if out["output_type"] == "error"]


def test_outputs_files_and_the_seed(ran: Any) -> None:
    code = "import os\nprint(open('a/data.txt').read(), os.environ['COURSE_SEED'])"
    run = ran(code, "6 * 7", "1 / 0", files={"a/data.txt": b"here"}, seed="s")
    assert text(run, 0) == "here s\n"
    assert text(run, 1) == "42"
    assert names(run, 2) == ["ZeroDivisionError"]
    assert [cell.count for cell in run.cells] == [1, 2, 3]
    assert run.flags == []


def test_a_time_out_costs_its_own_cell(ran: Any) -> None:
    run = ran("n = 1", "while True: pass", "n")
    assert names(run, 1) == ["TimeoutError"]
    assert "stopped after 2 s" in text(run, 1)
    assert text(run, 2) == "1"
    assert run.flags == ["time-out in c1"]


def test_a_death_costs_its_own_cell_and_what_it_needs_is_run_again(ran: Any) -> None:
    run = ran(
        ("locked", "seen = ['set-up']"),
        ("answer", "seen.append('answer')"),
        ("test", "seen.append('check')"),
        ("own", "seen.append('own')"),
        ("answer", "import os\nos._exit(1)"),
        ("test", "seen"),
    )
    assert names(run, 4) == ["DeadKernelError"]
    assert text(run, 5) == "['set-up', 'answer']"
    assert run.flags == ["kernel died in c4; later cells run in a new kernel"]


def test_no_answer_to_an_interrupt_is_a_death(ran: Any) -> None:
    run = ran("1 + 1", "sum(iter(int, 1))", "2 + 2", limits=Limits(cell_s=1))
    assert names(run, 1) == ["TimeoutError"]
    assert text(run, 2) == "4"
    assert run.flags == ["no answer to interrupt in c1; later cells run in a new kernel"]


def test_a_notebook_has_a_time_of_its_own(ran: Any) -> None:
    loop = "while True: pass"
    run = ran(loop, loop, loop, "1", limits=Limits(cell_s=2, notebook_s=3))
    assert run.cells[3].count is None
    assert run.flags[0] == "time-out in c0"
    assert run.flags[-1].startswith("all 3 s for the notebook used up before c")
    assert run.flags[-1].endswith(runner.NOT_RUN)


def test_a_flood_is_cut_and_the_result_behind_it_counts(ran: Any) -> None:
    run = ran("print('x' * 9_000_000)\n5", "for n in range(3000): display(n)", "7", limits=Limits())
    assert len(run.encode()) < 5_000_000
    assert run.cells[0].outputs[0]["data"] == {"text/plain": "5"}
    assert "cut here" in text(run, 1)
    assert len(run.cells[1].outputs) <= 1001
    assert text(run, 2) == "7"
    assert run.flags == ["output of c0 cut", "output of c1 cut"]


def test_a_result_that_cannot_be_kept_is_an_error(ran: Any) -> None:
    run = ran("'y' * 9_000_000", "raise ValueError('z' * 9_000_000)")
    assert names(run, 0) == ["OutputLost"]
    assert names(run, 1) == ["ValueError"]
    assert len(run.encode()) < 200_000


def test_what_is_no_text_is_made_text() -> None:
    bundle = {"text/plain": 5, "application/json": {"a": float("nan")}}
    sizes = {"image/png": {"width": 3, "onload": "x"}, "text/plain": 1}
    shown = plain({"output_type": "display_data", "data": bundle, "metadata": sizes})
    assert shown["data"] == {"text/plain": "5", "application/json": '{"a": NaN}'}
    assert shown["metadata"] == {"image/png": {"width": 3}}
    assert plain({"output_type": "stream", "name": "x", "text": "\ud800"})["text"] == "?"


def test_a_message_that_is_none_is_an_error(ran: Any) -> None:
    code = """
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, "stream", {"no": "text"}, parent=kernel.get_parent())
"""
    run = ran(("test", code), "8")
    assert names(run, 0) == ["OutputLost"]
    assert text(run, 1) == "8"
    assert run.flags[0].startswith("output of c0 lost (unreadable: ")


def test_a_check_keeps_its_outputs(ran: Any) -> None:
    run = ran(("test", "from IPython.display import clear_output\nprint(1)\nclear_output()"))
    assert text(run, 0) == "1\n"


def test_a_hidden_error_is_in_the_reply(ran: Any) -> None:
    run = ran("get_ipython().showtraceback = lambda *a, **k: None", ("test", "assert False"))
    assert names(run, 1) == ["AssertionError"]


def test_two_kernels_share_nothing(ran: Any) -> None:
    ran("secret = 1")
    assert names(ran("secret"), 0) == ["NameError"]


def test_a_plain_manager_ends_its_kernel(tmp_path: Path) -> None:
    run = runner.run(Job((Cell("c0", "own", "import os\nos.getpid()"),)), kernel.plain_kernel)
    pid = int(run.cells[0].outputs[0]["data"]["text/plain"])
    assert not Path(f"/proc/{pid}").exists()
