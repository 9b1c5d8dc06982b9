"""The house keeps its order: imports point one way, modules stay small, errors name themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COURSE = ROOT / "course"
# What each part may import of `course`; a part that is not listed may import nothing.
MAY_IMPORT = {
    "errors": set(),
    "telemetry": set(),
    "insights": {"errors"},
    "account": {"telemetry", "insights"},
    "incidents": {"telemetry", "insights", "account"},
    "data": {"telemetry", "incidents"},
    "show": {"telemetry", "insights", "account"},
    # Checks ask the account for what an answer wants; the warm process does first what lessons do.
    "grading": {"errors", "insights", "account", "incidents", "data", "show"},
    "study": {"errors", "telemetry", "insights", "account", "data", "show", "grading"},
    "cli": {"errors", "insights", "data", "study", "grading"},
}
PLOTTERS = {"show"}
LONGEST_MODULE = 500


def modules() -> list[Path]:
    return sorted(COURSE.rglob("*.py"))


def part(path: Path) -> str:
    return path.relative_to(COURSE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, wherever in the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    mine = part(path)
    if mine in ("__init__", "__main__"):
        return
    others = {name.split(".")[1] for name in imported(path) if name.startswith("course.")}
    wrong = others & set(MAY_IMPORT) - {mine} - MAY_IMPORT[mine]
    assert not wrong, f"course/{mine} must not import {sorted(wrong)}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_only_show_knows_matplotlib_and_ipython(path: Path) -> None:
    heavy = {name.split(".")[0] for name in imported(path)} & {"matplotlib", "IPython"}
    assert not heavy or part(path) in PLOTTERS


@pytest.mark.parametrize("path", modules(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_module_holds_one_idea(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_MODULE, f"{lines} lines; split it by what changes together"


def test_every_part_is_listed() -> None:
    parts = {part(path) for path in modules()} - {"__init__", "__main__"}
    assert parts <= set(MAY_IMPORT), f"say what {sorted(parts - set(MAY_IMPORT))} may import"


def test_lessons_import_what_students_have() -> None:
    """A lesson uses what a student has installed, and never the simulator behind boto3."""
    for path in (ROOT / "lessons").rglob("*.py"):
        tops = {name.split(".")[0] for name in imported(path)}
        assert not tops & {"tests", "tools", "hypothesis", "pytest", "moto"}, path
