"""The records of attempts: what is kept, and what cannot spoil it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from course.errors import UserError
from course.study import attempts, records
from course.study.attempts import Attempts

WRITER = """
import sys
from pathlib import Path
from course.study.attempts import Attempts
kept = Attempts(Path(sys.argv[1]))
for n in range(int(sys.argv[2])):
    kept.add("01_tiny", "double", float(n), "right", 1, 1)
    print(n, flush=True)
"""


def writer(path: Path, times: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), str(times)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def is_sound(path: Path) -> bool:
    file = sqlite3.connect(path)
    try:
        return file.execute("pragma integrity_check").fetchone() == ("ok",)
    finally:
        file.close()


def test_time_runs_from_the_step_before_and_not_over_night(tmp_path: Path) -> None:
    kept = Attempts(tmp_path / "p", begun=1000.0)
    kept.help("01_tiny", "double", 1060.0, "hint")
    kept.add("01_tiny", "double", 1100.0, "right", 2, 2, "k7")
    kept.add("01_tiny", "double", 1100.0 + attempts.LONGEST_THOUGHT + 1, "right", 2, 2)
    assert [each.seconds for each in kept.helped()] == [60.0]
    assert [each.seconds for each in kept.all()] == [40.0, 0.0]
    assert kept.all()[0].seed == "k7" and kept.hints("01_tiny", "double") == 1


def test_a_blank_is_no_try(tmp_path: Path) -> None:
    kept = Attempts(tmp_path / "p")
    kept.add("01_tiny", "double", 1.0, attempts.BLANK, 0, 2)
    assert kept.tried("01_tiny", "double") == 0
    kept.add("01_tiny", "double", 2.0, attempts.ERROR, 0, 2)
    assert kept.tried("01_tiny", "double") == 1


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "p"
    both = [writer(path, 40), writer(path, 40)]
    for one in both:
        one.communicate()
        assert one.returncode == 0
    assert len(Attempts(path).all()) == 80 and is_sound(path)


def test_a_killed_process_keeps_what_it_had_told(tmp_path: Path) -> None:
    path = tmp_path / "p"
    with writer(path, 100_000) as one:
        assert one.stdout is not None
        told = [one.stdout.readline() for _ in range(25)]
        one.kill()
    assert len(Attempts(path).all()) >= len(told) and is_sound(path)


def test_a_full_disk_refuses_a_step_and_spoils_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "p"
    kept = Attempts(path)
    kept.add("01_tiny", "double", 1.0, "right", 1, 1)
    monkeypatch.setattr(attempts, "TABLES", attempts.TABLES + "pragma max_page_count = 1;")
    with pytest.raises(UserError, match="full"):
        for n in range(3000):
            kept.add("01_tiny", "double" * 50, float(n), "right", 1, 1)
    monkeypatch.undo()
    assert is_sound(path) and Attempts(path).all()[0].exercise == "double"
    kept.add("01_tiny", "double", 9.0, "right", 1, 1)


def test_export_has_everything_and_delete_leaves_nothing(tmp_path: Path) -> None:
    path, to = tmp_path / "p", tmp_path / "out.json"
    Attempts(path).add("01_tiny", "double", 1.0, "right", 1, 1)
    records.Records(path).put_card("item", 5.0, "{}")
    attempts.export(path, to)
    made = json.loads(to.read_text())
    assert made["attempt"][0]["exercise"] == "double" and made["card"][0]["item"] == "item"
    attempts.delete(path)
    assert not list(tmp_path.glob("p*"))
    with pytest.raises(UserError, match="name a file that can be written"):
        attempts.export(path, tmp_path / "no" / "out.json")
