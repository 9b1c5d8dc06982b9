"""Answers in one kernel and checks in another: what passes, what does not, what each end costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from course.grading import runner
from course.grading.kernel import Start
from course.grading.runs import APART, Cell, Job, Run
from course.grading.sandbox import bubblewrap, kernels
from course.grading.sandbox.limits import Limits

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("pair")]
LIMITS = Limits(cell_s=3, notebook_s=60)
Ran = Callable[..., Run]

SETUP = """
import boto3
import time
from course import account
from course.telemetry.world import World

shop = account.open(World("shop", 0, 1_790_000_000_000, [], []))
"""
CHECK = """
with account.fresh(World("trial", 0, 1_780_000_000_000, [], [])) as trial:
    found = solve("orders")
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    took = trial.now.timestamp() - 1_780_000_000
(tables, found, took)
"""
SOLVE = """
def solve(name):
    boto3.client("dynamodb").create_table(
        TableName=name, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    time.sleep(90)
    print("asked at", time.time())
    return boto3.client("sts").get_caller_identity()["Account"]
"""


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    with kernels.warm(sandboxed=bubblewrap.why_not() is None) as made:
        yield made


@pytest.fixture
def ran(start: Start) -> Ran:
    def run(*sources: tuple[str, str], limits: Limits = LIMITS) -> Run:
        cells = [Cell(f"c{n}", role, text) for n, (role, text) in enumerate(sources)]
        return runner.run(Job(tuple(cells), limits=limits), start)

    return run


def shown(run: Run, position: int = -1) -> str:
    """Prints, results and errors of a cell."""
    outputs = run.cells[position].outputs
    return "".join(
        out.get("text") or out.get("evalue") or out["data"]["text/plain"] for out in outputs
    )


def test_an_answer_works_on_the_checks_account_and_its_time(ran: Ran) -> None:
    run = ran(("locked", SETUP), ("answer", SOLVE), (APART, CHECK))
    said = shown(run)
    assert "asked at 1780000090" in said
    assert "['orders'], '210987654321', 90" in said
    assert run.flags == []


def test_the_notebooks_own_account_is_untouched_and_back_afterwards(ran: Ran) -> None:
    run = ran(
        ("locked", SETUP),
        ("answer", SOLVE),
        (APART, CHECK),
        ("own", "boto3.client('dynamodb').list_tables()['TableNames'], int(time.time())"),
    )
    assert shown(run) == "([], 1790000000)"


def test_a_check_runs_beside_no_students_code(ran: Ran) -> None:
    answer = """
import builtins, os
builtins.sorted = lambda *args, **more: "mine"
os.environ["MARK"] = "mine"
open("/tmp/mark", "w").write("mine")
def solve(x):
    return x
"""
    check = (
        "import os\n(sorted([2, 1]), os.environ.get('MARK'), os.path.exists('/tmp/mark'), solve(1))"
    )
    run = ran(("answer", answer), (APART, check))
    there = "True" if bubblewrap.why_not() else "False"
    assert shown(run).startswith(f"([1, 2], None, {there}, 1)")


def test_a_value_that_equals_everything_is_its_plain_value(ran: Ran) -> None:
    answer = """
class Equal(str):
    def __eq__(self, other): return True
    __hash__ = str.__hash__
class Any:
    def __eq__(self, other): return True
found = Equal("mine")
def solve(): return Any()
"""
    check = "(found == 'right', type(found).__name__, solve() == 1)"
    assert shown(ran(("answer", answer), (APART, check))) == "(False, 'str', False)"


def test_no_function_of_an_account_is_given_another_code(ran: Ran) -> None:
    answer = """
def solve():
    boto3.client("lambda").create_function(
        FunctionName="f", Runtime="python3.12", Handler="a.b",
        Role="arn:aws:iam::123456789012:role/r",
        Code={"ZipFile": account.package({"a.py": "def b(e, c): ..."})})
"""
    run = ran(("locked", SETUP), ("answer", answer), (APART, "shop\nsolve()"))
    assert "lambda:CreateFunction with code of an answer's own is not possible" in shown(run)


def test_an_error_tells_the_line_of_the_answer(ran: Ran) -> None:
    run = ran(("answer", "def solve(x):\n    return 1 / x"), (APART, "solve(0)"))
    error = run.cells[-1].outputs[-1]
    assert error["ename"] == "ZeroDivisionError"
    assert "In the answer, line 2 of solve: return 1 / x" in "\n".join(error["traceback"])


def test_a_name_that_is_missing_is_missed(ran: Ran) -> None:
    run = ran(("answer", "other = 1"), (APART, "solve(1)"))
    assert shown(run) == "name 'solve' is not defined"


def test_a_function_without_end_costs_its_check_and_no_other(ran: Ran) -> None:
    run = ran(
        ("answer", "def solve(x):\n    while x:\n        pass\n    return 'done'"),
        (APART, "solve(1)"),
        (APART, "solve(0)"),
    )
    assert "this cell was stopped after 3 s" in shown(run, 1)
    assert shown(run, 2) == "'done'"
    assert run.flags == ["time-out in c1"]


STUBBORN = """
def solve(x):
    while x:
        try:
            while True:
                pass
        except BaseException:
            continue
    return 'done'
"""


def test_a_function_that_does_not_let_itself_be_stopped_costs_its_kernel(ran: Ran) -> None:
    run = ran(("answer", STUBBORN), (APART, "solve(1)"), (APART, "solve(0)"))
    assert "stopped" in shown(run, 1)
    assert shown(run, 2) == "'done'"
    assert "no answer to interrupt in c1; later cells run in a new kernel" in run.flags


def test_a_function_that_ends_its_kernel_costs_its_check_and_no_other(ran: Ran) -> None:
    run = ran(
        ("answer", "import os\ndef solve(x):\n    return x or os._exit(0)"),
        (APART, "solve(0)"),
        (APART, "solve(7)"),
    )
    assert run.cells[1].outputs[-1]["ename"] == "DeadKernelError"
    assert shown(run, 2) == "7"
    assert run.flags == ["kernel died in c1; later cells run in a new kernel"]


def test_who_leaves_or_says_nonsense_fails(ran: Ran) -> None:
    answers = "import sys\ndef leave(): sys.exit(0)\nfrom course.grading.boundary import link\n"
    nonsense = "def nonsense(): link.here()._end.sendall(b'x' * 2000)"
    run = ran(
        ("answer", answers + nonsense),
        (APART, "leave()"),
        (APART, "nonsense()"),
    )
    assert "the answer left by SystemExit" in shown(run, 1)
    assert run.cells[2].outputs[-1]["output_type"] == "error"


def test_no_answer_ends_a_checks_loop_early(ran: Ran) -> None:
    answer = "def solve(x):\n    raise StopIteration"
    run = ran(("answer", answer), (APART, "list(map(solve, [1, 2]))"))
    assert shown(run) == "the answer left by StopIteration"


def test_a_kernel_that_only_says_that_it_serves_fails_at_once(ran: Ran) -> None:
    answer = """
def solve(): return 1
async def nothing(code, silent, **more):
    return {"status": "ok", "execution_count": 1, "payload": [], "user_expressions": {}}
get_ipython().kernel.do_execute = nothing
"""
    run = ran(("answer", answer), (APART, "solve()"))
    assert run.cells[1].outputs[-1]["output_type"] == "error"
    assert not any(flag.startswith("time-out") for flag in run.flags)
