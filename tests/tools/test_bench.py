"""The bench's table and file; that it measures is seen by running it, no test asserts a time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools import bench
from tools.bench import Measurement


def test_table_says_ok_over_and_why_not() -> None:
    rows = [
        Measurement("fast", 1.0, "s", 2),
        Measurement("slow", 3.0, "s", 2),
        Measurement("gone", None, "ms", 2, "no such notebook"),
    ]
    lines = bench.as_table(rows).splitlines()
    assert [line.split()[0] for line in lines] == ["name", "fast", "slow", "gone"]
    assert lines[1].endswith("<= 2  ok") and lines[2].endswith("<= 2  OVER THE GOAL")
    assert lines[3].endswith("not measured: no such notebook")


def test_what_cannot_run_is_reported_for_each_of_its_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "NOTEBOOK", bench.ROOT / "absent.ipynb")
    why = "there is no absent.ipynb"
    assert bench.measure("setup_cell_s") == [
        Measurement("setup_cell_s", None, "s", 2.5, why),
        Measurement("setup_all_s", None, "s", 2.5, why),
    ]


def test_main_writes_the_file_and_returns_0_over_the_goal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "build" / "bench.json")
    slow = Measurement("slow", 3.0, "s", 2)
    monkeypatch.setattr(bench, "REGISTRY", {"slow": (lambda: [slow], (("slow", "s", 2.0),))})
    assert bench.main([]) == 0
    written = json.loads((tmp_path / "build" / "bench.json").read_text())
    assert written == {"slow": {"value": 3.0, "unit": "s", "goal": 2}}
    assert "OVER THE GOAL" in capsys.readouterr().out


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(["nothing"])
    assert "there is no 'nothing'" in capsys.readouterr().err


def test_the_hand_written_answers_are_right() -> None:
    def event(minute: int, message: str) -> dict[str, object]:
        at = 1_772_359_200_000 + minute * 60_000
        return {"timestamp": at, "message": message, "logStreamName": "s", "logGroupName": "g"}

    events = [
        event(0, "ERROR one"),
        event(4, "Task timed out"),
        event(5, '{"status": 502, "responseLatency": 31}'),
        event(6, '{"status": 500, "responseLatency": 29}'),
        event(7, '{"status": 200, "responseLatency": 99}'),
    ]
    assert bench._rows(bench._text_in_pandas(events)) == [("2026-03-01T10:00:00", "s", "2")]
    assert bench._rows(bench._json_in_pandas(events)) == [("2026-03-01T10:05:00", "2", "31")]
