"""`course doctor`: what is missing is named with what to do; what is optional stops nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from course.study import copies, doctor
from course.study.doctor import Finding


def put_lesson(folder: Path) -> Path:
    path = folder / copies.RELEASE / "01_tiny" / "tiny.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text("released")
    return folder


def test_this_machine_runs_the_lessons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.sqlite"))
    findings = doctor.examine(put_lesson(tmp_path))
    assert [one.line() for one in findings if one.stops] == []
    assert {"kernel", "fonts", "sandbox", "disk"} <= {one.name for one in findings}


@pytest.mark.parametrize(
    ("finding", "line", "stops"),
    [
        (Finding("disk", "enough"), "ok     disk: enough", False),
        (Finding("disk", "", "full; free some"), "wrong  disk: full; free some", True),
        (Finding("sandbox", "", "none; read on", False), "note   sandbox: none; read on", False),
    ],
)
def test_one_line_each(finding: Finding, line: str, stops: bool) -> None:
    assert (finding.line(), finding.stops) == (line, stops)


def test_packages_that_are_missing_or_of_another_version() -> None:
    wanted = ["pandas<1", "no-such-package>=2", "pip>=1", 'never; python_version < "3"']
    found = doctor.packages(wanted)
    assert found.stops and found.problem is not None
    assert "pandas is " in found.problem and "not <1" in found.problem
    assert "no-such-package is not installed" in found.problem
    assert "pip" not in found.problem.split(";")[0] and "never" not in found.problem


def test_versions_beside_the_lock_are_told_and_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "requirements.lock"
    path.write_text(
        "pandas==0.0.1 \\\n    --hash=sha256:00\nabsent-one==1 ; python_version < '3'\n"
    )
    found = doctor.lock(path)
    assert found.problem is not None and "(==0.0.1)" in found.problem
    assert not found.stops
    assert doctor.lock(tmp_path / "absent").problem is None


def put_kernel(folder: Path, program: str) -> None:
    path = folder / "kernels" / doctor.KERNEL / "kernel.json"
    path.parent.mkdir(parents=True)
    argv = [program, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    path.write_text(json.dumps({"argv": argv, "display_name": "Old", "language": "python"}))


def test_a_kernel_of_another_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    put_kernel(tmp_path, "/nowhere/bin/python")
    found = doctor.kernel()
    assert found.stops
    assert "starts /nowhere/bin/python, which has no course; remove that folder" in found.line()


@pytest.mark.parametrize("program", ["python3", sys.executable])
def test_a_kernel_of_this_python(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    put_kernel(tmp_path, program)
    assert doctor.kernel().line() == f"ok     kernel: python3, from {tmp_path}/kernels/python3"


def test_an_extension_that_was_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "jupyter_server_config.d" / "off.json"
    path.parent.mkdir()
    off = {"ServerApp": {"jpserver_extensions": {doctor.SERVER_EXTENSION: False}}}
    path.write_text(json.dumps(off))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))
    found = doctor.extensions()
    assert found.stops and "jupyter server extension enable" in found.line()


def test_no_lessons_says_where_to_go(tmp_path: Path) -> None:
    assert "go to the course's folder" in doctor.lessons(tmp_path).line()
    assert doctor.lessons(tmp_path).stops
    assert doctor.lessons(put_lesson(tmp_path)).found == "1, without hidden tests"


def test_a_work_folder_that_takes_nothing(tmp_path: Path) -> None:
    assert doctor.own_folder(tmp_path).problem is None
    assert not (tmp_path / "work").exists()
    (tmp_path / "work").write_text("a file in the folder's place")
    assert doctor.own_folder(tmp_path).stops


def test_records_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress.sqlite"
    path.write_text("no database at all, and long enough to be taken for one" * 20)
    monkeypatch.setenv("COURSE_PROGRESS", str(path))
    assert doctor.progress().stops
    assert "COURSE_PROGRESS" in doctor.progress().line()


@pytest.mark.parametrize(("few", "scarce", "mark"), [(0, 0, "ok"), (0, 10**9, "note")])
def test_a_disk_that_fills_up(
    few: int, scarce: int, mark: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "FEW_MB", few)
    monkeypatch.setattr(doctor, "SCARCE_MB", scarce)
    assert doctor.space(tmp_path).line().startswith(f"{mark:<5}  disk: ")


def test_what_is_optional_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    found = doctor.chromium()
    assert found.problem is not None and not found.stops
