"""An exam in progress: kept answer by answer, ended by the clock, taken up after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import time_machine

from course.errors import UserError
from course.study import records, sitting
from course.study.items import Bank
from course.study.records import Records
from course.study.sitting import Sitting, TimeUp
from tests.study import sample_bank

BANK = sample_bank.bank()
NOON = 1_790_000_000.0


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        self.now += 60 * minutes


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(tmp_path: Path) -> Records:
    return Records(tmp_path / "new folder" / "progress.sqlite")


def begin(kept: Records, clock: Clock, length: str = "short", **more: int) -> Sitting:
    return sitting.begin(kept, BANK, length, clock=clock, seed="ada", **more)


def again(kept: Records, clock: Clock, bank: Bank = BANK, finished: bool = False) -> Sitting | None:
    """The exam as another process finds it."""
    return sitting.latest(Records(kept.path), bank, finished=finished, clock=clock)


def test_answers_are_there_after_a_crash(kept: Records, clock: Clock) -> None:
    going = begin(kept, clock)
    first, second, third = going.form.asked[:3]
    going.answer(first, "a")
    going.answer(second, "B" if second.question.choose == 1 else "BA")
    going.answer(first, "C")
    going.flag(third)
    clock.pass_minutes(10)
    taken_up = again(kept, clock)
    assert taken_up is not None
    assert taken_up.form == going.form
    assert taken_up.answers == going.answers and taken_up.answers[first.id] == "C"
    assert taken_up.flagged == {third.id}
    assert taken_up.open_numbers() == list(range(3, 21))
    assert taken_up.left == 30 * 60


def test_an_answer_and_a_flag_are_taken_back(kept: Records, clock: Clock) -> None:
    going = begin(kept, clock)
    first = going.form.asked[0]
    going.answer(first, "A")
    going.answer(first, "")
    going.flag(first)
    going.flag(first)
    assert going.answers == {} and going.flagged == set()


def test_the_clock_goes_on_and_ends_the_exam(kept: Records, clock: Clock) -> None:
    going = begin(kept, clock)
    going.answer(going.form.asked[0], "A")
    clock.pass_minutes(40)
    assert going.left == 0
    with pytest.raises(TimeUp):
        going.answer(going.form.asked[1], "")
    clock.pass_minutes(600)
    going.finish()
    done = again(kept, clock, finished=True)
    assert done is not None and done.begun.finished == NOON + 40 * 60
    assert len(done.answers) == 1 and done.left == 0
    assert again(kept, clock) is None


def test_another_time_limit(kept: Records, clock: Clock) -> None:
    assert begin(kept, clock, minutes=52).left == 52 * 60


@pytest.mark.parametrize(("length", "minutes"), [("full", 130), ("domain", 80), ("short", 40)])
def test_each_form_has_its_time(kept: Records, clock: Clock, length: str, minutes: int) -> None:
    assert begin(kept, clock, length).left == minutes * 60


def test_handing_in_early_ends_it(kept: Records, clock: Clock) -> None:
    going = begin(kept, clock)
    clock.pass_minutes(5)
    going.finish()
    done = again(kept, clock, finished=True)
    assert done is not None and done.begun.finished == NOON + 5 * 60


def test_who_names_no_seed_gets_another_form_each_time(kept: Records, clock: Clock) -> None:
    one, two = (sitting.begin(kept, BANK, "short", clock=clock) for _ in range(2))
    assert (one.form.seed, two.form.seed) == ("self-1", "self-2")
    assert one.form.ids != two.form.ids


def test_a_bank_that_changed_is_not_mixed_with_old_answers(kept: Records, clock: Clock) -> None:
    begin(kept, clock)
    with pytest.raises(UserError, match="questions have changed since the short form of 'ada'"):
        again(kept, clock, sample_bank.bank(100))


def test_a_letter_that_is_none_is_not_kept(kept: Records, clock: Clock) -> None:
    going = begin(kept, clock)
    with pytest.raises(ValueError, match="give"):
        going.answer(going.form.asked[0], "Z")
    assert going.answers == {}


def test_a_killed_process_loses_nothing_that_was_given(kept: Records, clock: Clock) -> None:
    """Killed while it writes as fast as it can, it leaves a whole file with all that was said."""
    going = begin(kept, clock)
    program = f"""
from pathlib import Path
from course.study.records import Records
kept, number = Records(Path({str(kept.path)!r})), 0
while True:
    number += 1
    kept.answer({going.begun.id}, f"item {{number}}", "A")
    print(number, flush=True)
"""
    writer = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    said = [int(writer.stdout.readline()) for _ in range(20)]
    os.kill(writer.pid, signal.SIGKILL)
    said += [int(line) for line in writer.stdout]
    writer.stdout.close()
    writer.wait()
    assert {f"item {number}" for number in said} <= set(going.answers)


@pytest.mark.parametrize("content", [b"not a database" * 100, None])
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "progress.sqlite"
    path.write_bytes(content) if content else path.mkdir()
    with pytest.raises(UserError, match="progress.sqlite: .*; put it right, or name another file"):
        Records(path).sittings()


def test_where_the_records_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "mine"))
    assert records.default_path() == tmp_path / "mine"
    monkeypatch.delenv("COURSE_PROGRESS")
    assert records.default_path().name == "progress.sqlite"
    assert "aws-troubleshooting-course" in records.default_path().parts


def test_the_clock_on_the_wall_is_no_virtual_one() -> None:
    before = time.time()
    with time_machine.travel(0, tick=False):
        assert time.time() == 0
        assert sitting.wall_clock() >= before
    assert sitting.wall_clock() >= before
