"""Build the notebooks from the lessons, and bring an edited notebook back.

python tools/notebooks.py build           lessons/ -> source/ -> release/
python tools/notebooks.py build --check   nothing is written; says whether they are up to date
python tools/notebooks.py pull source/01_cloudwatch/cloudwatch.ipynb
                                          an instructor's notebook, edited in Jupyter -> its lesson
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import nbformat  # noqa: E402

from tools import expand, lesson, pull, release  # noqa: E402
from tools.lesson import LessonError  # noqa: E402


def build(root: Path = ROOT) -> dict[str, str]:
    """Path -> text of every generated notebook: source/... and release/..."""
    sources = {}
    for path in lesson.lesson_files(root):
        cells = lesson.read(path, root)
        name = f"{path.parent.name}/{path.stem}.ipynb"
        sources[name] = expand.text(expand.notebook(cells, path.parent))
    with tempfile.TemporaryDirectory() as folder:
        write(sources, Path(folder))
        released = release.generate(Path(folder), root)
    return {f"source/{n}": t for n, t in sources.items()} | {
        f"release/{n}": t for n, t in released.items()
    }


def write(texts: dict[str, str], folder: Path) -> None:
    """Write each text to its path below `folder`, unless it stands there already."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def differences(texts: dict[str, str], root: Path) -> list[str]:
    """One line for each generated file that is missing, stale or not ours."""
    found = []
    for name, text in sorted(texts.items()):
        path = root / name
        if not path.exists():
            found.append(f"{name}: missing; run `make build`")
        elif path.read_text(encoding="utf-8") != text:
            found.append(f"{name}: differs from a fresh build; run `make build`")
    for path in strangers(texts, root):
        found.append(f"{path.relative_to(root).as_posix()}: no lesson makes it; delete it")
    return found


def strangers(texts: dict[str, str], root: Path) -> list[Path]:
    """Files in source/ and release/ that the build did not make: nbgrader would release them."""
    kept = {root / name for name in texts}
    files = [p for top in ("source", "release") for p in sorted((root / top).rglob("*"))]
    return [
        p for p in files if p.is_file() and p not in kept and ".ipynb_checkpoints" not in p.parts
    ]


def refuse_outputs(root: Path) -> None:
    """A source notebook with outputs was run in Jupyter; a build would drop its edits."""
    for path in sorted((root / "source").rglob("*.ipynb")):
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells, start=1):
            if cell.get("outputs") or cell.get("execution_count"):
                name = path.relative_to(root).as_posix()
                raise LessonError(
                    f"{name}, cell {number} ({cell.id}): has output; take the edits over with "
                    f"`python tools/notebooks.py pull {name}` or drop them with `git checkout`"
                )


def main(arguments: list[str] | None = None) -> int:
    """Exit status 0 when done, 1 with one line a problem when not."""
    parser = argparse.ArgumentParser(description="Build the course's notebooks from its lessons.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build").add_argument("--check", action="store_true")
    commands.add_parser("pull").add_argument("notebook", type=Path)
    given = parser.parse_args(arguments)
    try:
        problems = _pull(given.notebook) if given.command == "pull" else _build(given.check)
    except LessonError as error:
        problems = [str(error)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _build(check: bool) -> list[str]:
    refuse_outputs(ROOT)
    texts = build(ROOT)
    if check:
        return differences(texts, ROOT)
    write(texts, ROOT)
    for path in strangers(texts, ROOT):
        path.unlink()
    print(f"{len(texts)} notebooks are up to date")
    return []


def _pull(notebook: Path) -> list[str]:
    path = pull.into_lesson(notebook, ROOT)
    print(
        f"{path.relative_to(ROOT).as_posix()} has the edits; review them with git diff, then build"
    )
    return []


if __name__ == "__main__":
    sys.exit(main())
