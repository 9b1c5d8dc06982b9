"""Data sets on disk."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from course.incidents import build, checkout, packing
from course.telemetry.world import World


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> World:
    """A data set of twenty minutes instead of the real one."""
    world = checkout.world(minutes=20)
    monkeypatch.setattr(build, "WORLDS", {"checkout": lambda: world})
    return world


def test_what_is_read_is_what_was_written(small: World, tmp_path: Path) -> None:
    packing.write(small, tmp_path)
    found = packing.read(tmp_path)
    assert (found.name, found.start, found.end) == (small.name, small.start, small.end)
    assert found.logs == small.logs
    assert found.metrics == small.metrics
    assert found.resources == small.resources
    assert found.story == {}


def test_two_builds_are_the_same_bytes(small: World, tmp_path: Path) -> None:
    build.write(tmp_path / "one")
    build.write(tmp_path / "two")
    for file in packing.FILES:
        one, two = (tmp_path / name / "checkout" / file for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_a_fresh_build_passes_the_check(small: World, tmp_path: Path) -> None:
    assert "log events" in build.write(tmp_path)[0]
    assert build.check(tmp_path) == []


def test_the_check_does_not_mind_another_compression(small: World, tmp_path: Path) -> None:
    build.write(tmp_path)
    path = tmp_path / "checkout" / packing.LOGS
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 1))
    assert build.check(tmp_path) == []


def test_the_check_names_the_first_difference(small: World, tmp_path: Path) -> None:
    build.write(tmp_path)
    path = tmp_path / "checkout" / packing.LOGS
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    lines[2] = lines[2].replace("REPORT", "REPURT", 1).replace("status", "stotus", 1)
    path.write_bytes(gzip.compress("".join(lines).encode()))
    (difference,) = build.check(tmp_path)
    assert difference.startswith("checkout/logs.ndjson.gz line 3 differs from a fresh build")
    path.write_bytes(gzip.compress("".join(lines[:2]).encode()))
    assert "line 3" in build.check(tmp_path)[0] and "more lines" in build.check(tmp_path)[0]


def test_the_check_misses_a_file_that_is_not_there(small: World, tmp_path: Path) -> None:
    assert len(build.check(tmp_path)) == len(packing.FILES)
    assert "is missing" in build.check(tmp_path)[0]


def test_the_command_line_fails_on_a_difference(
    small: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(build.check, "__defaults__", (tmp_path,))
    assert build.main(["--check"]) == 1
    build.write(tmp_path)
    assert build.main(["--check"]) == 0
    assert "what the generators make" in capsys.readouterr().out
