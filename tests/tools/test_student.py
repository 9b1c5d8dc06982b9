"""A student's package has what a student needs, and nothing that gives an answer away.

Every text of the package is read, down to the wheel's files, packed data and the encoded hints.
"""

from __future__ import annotations

import gzip
import io
import itertools
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from course.study import helping
from tests.lessons.test_release import REGION, SOURCES, cells, released, secrets
from tools import student

ROOT = student.ROOT
# Shorter lines stand in any program: `return total`, `rows = [`.
TELLING = 24
# What both an answer and the library need, in these words: how AWS spells who may call a function
# or send to a queue, and the union of intervals, by which the account itself ranks root causes.
SAME_WORDS = {
    ('Action="lambda:InvokeFunction",', 'Principal="apigateway.amazonaws.com",'),
    ('"Principal": {"Service": "sns.amazonaws.com"},', '"Action": "sqs:SendMessage",'),
    ("total += max(0.0, end - max(start, reached))", "reached = max(reached, end)"),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return student.build(tmp_path_factory.mktemp("student") / "course.zip")


@pytest.fixture(scope="module")
def texts(package: Path) -> dict[str, str]:
    return dict(unpacked(package.name, package.read_bytes()))


@pytest.fixture(scope="module")
def wheel(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with zipfile.ZipFile(package) as opened:
        name = next(name for name in opened.namelist() if name.endswith(".whl"))
        return Path(opened.extract(name, tmp_path_factory.mktemp("wheel")))


def unpacked(name: str, content: bytes) -> Iterator[tuple[str, str]]:
    """(name, text) of every file within, however packed."""
    if name.endswith((".zip", ".whl")):
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            for inner in opened.namelist():
                yield from unpacked(f"{name}!{inner}", opened.read(inner))
    elif name.endswith(".gz"):
        yield name, gzip.decompress(content).decode()
    elif name.endswith(".ipynb"):
        cells = nbformat.reads(content.decode(), as_version=4).cells
        yield name, "\n".join(cell.source for cell in cells)
    else:
        yield name, content.decode()


# --- answers ------------------------------------------------------------------------------------


def answer_lines() -> set[str]:
    """The lines of all solutions and hidden tests that no released notebook shows."""
    shown = {line.strip() for path in SOURCES for line in released_lines(path)}
    hidden = {line for path in SOURCES for line in secrets(path)}
    return {line for line in hidden - shown if len(line) >= TELLING}


def released_lines(source: Path) -> list[str]:
    return [line for cell in cells(released(source)) for line in cell.source.splitlines()]


def answer_pairs() -> set[tuple[str, str]]:
    """Two telling lines that follow each other in a solution or hidden test."""
    telling = answer_lines()
    regions = [
        [line.strip() for line in match[2].splitlines() if line.strip()]
        for path in SOURCES
        for cell in cells(path)
        for match in REGION.finditer(cell.source)
    ]
    pairs = {pair for lines in regions for pair in itertools.pairwise(lines)}
    return {pair for pair in pairs if telling.issuperset(pair)}


def found_lines(texts: dict[str, str]) -> dict[str, set[str]]:
    """File outside of the library's own modules -> the lines of an answer that stand in it."""
    wanted = answer_lines()
    others = {name: text for name, text in texts.items() if not is_module(name)}
    hits = {name: wanted & {x.strip() for x in text.splitlines()} for name, text in others.items()}
    return {name: lines for name, lines in hits.items() if lines}


def found_pairs(texts: dict[str, str]) -> dict[str, set[tuple[str, str]]]:
    """Module of the library -> the pairs of lines of an answer that stand in it."""
    wanted = answer_pairs()
    hits = {
        name.rpartition("!")[2]: wanted & set(itertools.pairwise(stripped(text)))
        for name, text in texts.items()
        if is_module(name)
    }
    return {name: pairs for name, pairs in hits.items() if pairs}


def is_module(name: str) -> bool:
    return ".whl!course/" in name and name.endswith(".py")


def stripped(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def rationales() -> set[str]:
    """The reasons of all quizzes and exam questions: for and against, when, misconceptions."""
    found: set[str] = set()
    for path in sorted((ROOT / "lessons").glob("*/*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        for row in [*table.get("question", []), *table.get("item", [])]:
            parts = [row.get(key, {}) for key in ("rationales", "why", "when", "misconception")]
            found |= {words(text) for part in parts for text in part.values()}
            found.add(words(row.get("exam", "")))
    return {text for text in found if len(text) >= TELLING}


def trade_offs() -> set[str]:
    paths = sorted((ROOT / "lessons").glob("*/help.toml"))
    return {words(each.trade_offs) for path in paths for each in helping.read(path).values()} - {""}


def words(text: str) -> str:
    return " ".join(text.split())


def found_reasons(texts: dict[str, str], wanted: set[str]) -> set[tuple[str, str]]:
    """(file, reason) of each that stands in one; lines may be broken elsewhere, or escaped."""
    read = {name: words(text.replace('\\"', '"')) for name, text in texts.items()}
    prose = {name: text for name, text in read.items() if ".ndjson" not in name}
    return {(name, each) for name, text in prose.items() for each in wanted if each in text}


def test_no_line_of_a_solution_or_hidden_test_is_in_it(texts: dict[str, str]) -> None:
    assert len(answer_lines()) > 1000
    assert found_lines(texts) == {}


def test_the_library_has_no_part_of_an_answer(texts: dict[str, str]) -> None:
    """One line alone is an idiom (`except (ValueError, TypeError) as error:`); two are a start."""
    assert len(answer_pairs()) > 1000
    found = {pair for pairs in found_pairs(texts).values() for pair in pairs}
    assert found == SAME_WORDS


def test_no_reason_of_a_question_is_in_it(texts: dict[str, str]) -> None:
    wanted = rationales()
    assert len(wanted) > 1000
    assert found_reasons(texts, wanted) == set()


def test_a_leak_would_be_found(texts: dict[str, str]) -> None:
    line, reason = min(answer_lines()), min(rationales())
    leaky = {"a.py": f"x = 1\n    {line}\n", "b.json": json.dumps({"why": reason}), **texts}
    assert found_lines(leaky) == {"a.py": {line}}
    pair = min(answer_pairs())
    assert pair in found_pairs({"c.whl!course/c.py": "\n  ".join(pair)})["course/c.py"]
    assert found_reasons(leaky, {reason}) == {("b.json", reason)}


def test_every_kind_of_file_is_read(texts: dict[str, str]) -> None:
    ends = {".py", ".json", ".gz", ".ipynb", ".txt", ".md", ".lark", ".html", "METADATA"}
    assert {end for end in ends if any(name.endswith(end) for name in texts)} == ends
    assert any("REPORT RequestId" in text for name, text in texts.items() if name.endswith(".gz"))


def test_it_holds_only_what_a_student_uses(package: Path, texts: dict[str, str]) -> None:
    with zipfile.ZipFile(package) as opened:
        names = {name.split("/")[1] for name in opened.namelist()}
    wheels = {name for name in names if name.endswith(".whl")}
    assert len(wheels) == 1
    assert names - wheels == {"README.md", "requirements.txt", "release"}
    inside = [name.split("!", 2)[2] for name in texts if name.count("!") == 2]
    tops = {name.split("/")[0] for name in inside}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"course"}
    assert not [name for name in inside if name.endswith(".toml")]


def test_nothing_says_outright_what_is_true_of_made_data(texts: dict[str, str]) -> None:
    assert not [name for name, text in texts.items() if re.search(r"\bdef \w+_truth\b", text)]
    committed = [path.read_text(encoding="utf-8") for path in (ROOT / "course").rglob("*.py")]
    assert any(re.search(r"\bdef \w+_truth\b", text) for text in committed), "nothing to cut out"


def test_the_hints_are_in_it_but_not_to_be_read(texts: dict[str, str], tmp_path: Path) -> None:
    packed = next(text for name, text in texts.items() if name.endswith("study/help.json"))
    (tmp_path / "help.json").write_text(packed, encoding="utf-8")
    table = helping.decode(tmp_path / "help.json")
    paths = sorted((ROOT / "lessons").glob("*/help.toml"))
    assert list(table) == [path.parent.name for path in paths]
    given = [each for lesson in table.values() for each in lesson.values()]
    hints = {words(hint) for each in given for hint in each.hints}
    assert len(hints) == 3 * len(given) > 150
    assert not any(each.trade_offs for each in given)
    assert found_reasons(texts, hints | trade_offs()) == set()


# --- installing ---------------------------------------------------------------------------------


def test_the_wheel_alone_runs_the_set_up_of_the_first_lesson(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(site), str(wheel)], check=True)
    setup = next(
        cell.source
        for cell in nbformat.read(released(SOURCES[0]), as_version=4).cells
        if cell.id == "setup"
    )
    own = f"import course\nassert course.__file__.startswith({str(site)!r}), course.__file__\n"
    command = [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(site)!r})\n{own}{setup}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_what_the_release_imports_is_in_the_wheel(wheel: Path, texts: dict[str, str]) -> None:
    lines = {
        line.strip()
        for name, text in texts.items()
        if name.endswith(".ipynb")
        for line in text.splitlines()
        if re.match(r"\s*from course[.\w]* import [\w, ]+$", line)
    }
    assert len(lines) > 20
    code = "\n".join(["import sys", f"sys.path.insert(0, {str(wheel)!r})", *sorted(lines)])
    done = subprocess.run([sys.executable, "-c", code], cwd=wheel.parent, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_a_module_without_its_truths_is_still_the_module() -> None:
    text = (ROOT / "course" / "incidents" / "samples.py").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "samples"}
    exec(compile(student.without_truths(text), "samples.py", "exec"), names)
    assert "deleted_bucket" in names["__all__"] and callable(names["deleted_bucket"])
    assert not [name for name in [*names, *names["__all__"]] if name.endswith("_truth")]


def test_the_same_course_gives_the_same_package(package: Path, tmp_path: Path) -> None:
    assert student.build(tmp_path / package.name).read_bytes() == package.read_bytes()


# --- requirements -------------------------------------------------------------------------------


def pinned(texts: dict[str, str]) -> dict[str, str]:
    text = next(text for name, text in texts.items() if name.endswith("/requirements.txt"))
    return student.blocks(text)


def test_its_requirements_are_the_locks_own_lines(texts: dict[str, str]) -> None:
    lock = student.blocks((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    taken = pinned(texts)
    assert student.direct() <= set(taken)
    last = list(taken)[-1]  # the wheel's line stands below it
    assert {name for name in taken if name != last and taken[name] != lock[name]} == set()
    assert taken[last].startswith(lock[last])


def test_nothing_that_only_builds_and_tests_the_course(texts: dict[str, str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tools = {"distributed", "hypothesis", "jupyterhub", "mkdocs-material", "mypy", "playwright"}
    assert tools <= {Requirement(r).name for r in project["optional-dependencies"]["dev"]}
    assert not tools & set(pinned(texts))


def test_whatever_a_requirement_needs_is_there(texts: dict[str, str]) -> None:
    taken = set(pinned(texts))
    # moto's extras are the ones that pyproject.toml asks for; of the others none is asked for.
    wanted = {"moto": ["apigateway", "awslambda", "cloudformation", "dynamodb", "xray"]}
    installed = {name for name in taken if _is_installed(name)}
    missing = {
        (name, need)
        for name in installed
        for need in _needs(name, ["", *wanted.get(name, [])])
        if need not in taken
    }
    assert missing == set() and len(installed) > 100


def _is_installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _needs(name: str, extras: list[str]) -> set[str]:
    asked = [Requirement(text) for text in metadata.requires(name) or []]
    return {
        canonicalize_name(need.name)
        for need in asked
        if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)
    }


def test_the_wheel_is_the_last_requirement_with_its_hash(
    wheel: Path, texts: dict[str, str]
) -> None:
    text = next(text for name, text in texts.items() if name.endswith("/requirements.txt"))
    assert text.splitlines()[-2] == f"./{wheel.name} \\"
    hashed = ["pip", "hash", "-a", "sha256", str(wheel)]
    said = subprocess.run([sys.executable, "-m", *hashed], capture_output=True, text=True).stdout
    assert text.splitlines()[-1].strip() in said
