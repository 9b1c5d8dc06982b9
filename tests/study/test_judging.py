"""Judging an answer: in this process, and in one that is forked for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from course.errors import UserError
from course.study import judging
from course.study.judging import ANSWER, CHECK, FIXED

CHECKED = "assert double(2) == 4, 'double(2) should be 4'\nprint('seen')"
RIGHT = "def double(n):\n    return base * n"
SETUP = ("base = 2",)


@pytest.fixture(scope="module")
def judge() -> Iterator[judging.Judge]:
    made = judging.Judge()
    yield made
    made.close()


def test_a_right_answer() -> None:
    verdict = judging.run(SETUP, RIGHT, CHECKED)
    assert verdict.passed and verdict.printed == "seen\n" and verdict.points is None


def test_the_value_of_a_checks_last_line_is_its_points() -> None:
    assert judging.run((), "x = 1", "2.5").points == 2.5


def test_a_check_that_refuses_speaks_for_itself() -> None:
    verdict = judging.run(SETUP, "def double(n):\n    return n", CHECKED)
    assert (verdict.where, verdict.said, verdict.asserted) == (CHECK, "double(2) should be 4", True)
    assert verdict.trace == ()


def test_an_error_shows_the_students_lines_alone() -> None:
    verdict = judging.run(SETUP, "import json\ndef double(n):\n    return json.loads(n)", CHECKED)
    assert verdict.where == ANSWER
    assert verdict.trace[:2] == ("Line 3 of your cell, in double:", "    return json.loads(n)")
    assert verdict.trace[2].startswith("TypeError: the JSON object must be")
    assert len(verdict.trace) == 3


def test_an_assert_of_the_students_own_is_an_error_of_theirs() -> None:
    verdict = judging.run((), "assert 1 == 2, 'mine'", "pass")
    assert (verdict.where, verdict.asserted) == (ANSWER, False)
    assert verdict.trace[-1] == "AssertionError: mine"


def test_a_syntax_error_shows_its_place() -> None:
    verdict = judging.run((), "x = 1\nfor in x:", "pass")
    assert verdict.trace == (
        "Line 2 of your cell:",
        "    for in x:",
        "        ^",
        "SyntaxError: invalid syntax",
    )


def test_a_check_that_stumbles_is_no_error_of_the_students() -> None:
    verdict = judging.run((), "x = {}", "x['key']")
    assert (verdict.where, verdict.asserted, verdict.said) == (CHECK, False, "KeyError: 'key'")


def test_a_broken_set_up_is_told_apart() -> None:
    assert judging.run(("import nowhere_at_all",), "x = 1", "pass").where == FIXED


def test_an_endless_recursion_is_cut() -> None:
    verdict = judging.run((), "def f():\n    f()\nf()", "pass")
    assert len(verdict.trace) == 2 * judging.MOST_FRAMES + 1


def test_the_other_process_gives_the_same_verdicts(judge: judging.Judge) -> None:
    for answer in (RIGHT, "def double(n):\n    return n", "double = 3", "double = ("):
        here = judging.run(SETUP, answer, CHECKED)
        assert judge.judge(SETUP, answer, CHECKED) == here


def test_a_loop_without_end_is_stopped_where_it_runs(judge: judging.Judge) -> None:
    verdict = judge.judge((), "n = 0\nwhile True:\n    n += 1", "pass", seconds=0.2)
    assert verdict.where == ANSWER and verdict.trace[0].startswith("Line ")
    assert verdict.said == "TookTooLong: still running after 0.2 s"


def test_much_output_is_cut(judge: judging.Judge) -> None:
    verdict = judge.judge((), "x = 1", "print('x' * 10**6)\nprint('later')")
    assert verdict.passed and "[more was printed]" in verdict.printed
    assert len(verdict.printed) < judging.MOST_PRINTED + 100


def test_an_answer_that_ends_its_process(judge: judging.Judge) -> None:
    verdict = judge.judge((), "import os\nos._exit(0)", "pass")
    assert verdict.where == ANSWER and "has ended" in verdict.said
    assert judge.judge((), "x = 1", "pass").passed


def test_answers_know_nothing_of_each_other(judge: judging.Judge) -> None:
    assert judge.judge((), "import json\njson.left = 1\nleft = 1", "pass").passed
    verdict = judge.judge((), "import json\nassert not hasattr(json, 'left')\nleft", "pass")
    assert verdict.trace[-1] == "NameError: name 'left' is not defined"


def test_the_seed_is_the_checks(judge: judging.Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    look = "import os\nassert False, os.environ.get('COURSE_SEED')"
    assert judge.judge((), "x = 1", look, seed="k7").said == "k7"
    assert judge.judge((), "x = 1", look).said == "None"


def test_a_judge_that_has_ended_says_so() -> None:
    judge = judging.Judge()
    judge._process.kill()
    judge._process.wait()
    with pytest.raises(UserError, match="has ended; call check again"):
        judge.judge((), "x = 1", "pass")
    judge.close()
    assert not judge.alive
