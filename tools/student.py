"""A student's package: `make student`, or python -m tools.student.

build/student/aws-troubleshooting.zip has the released lessons, the course as a wheel, what it needs
and a page that says how to begin. The wheel is not the one that a clone installs:

- functions that say outright what is true of made data (`two_am_truth`) are cut out; only hidden
  tests call them. The generators themselves stay: lessons make their data with them;
- the hints of the lessons' help.toml are added, in a form that nobody reads by accident; what a
  solution costs and how else it could be done stays with the instructor.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from course.errors import UserError  # noqa: E402
from course.study import helping  # noqa: E402

PACKAGE = ROOT / "build" / "student" / "aws-troubleshooting.zip"
README = Path("tools") / "student_readme.md"
TRUTH = "_truth"
# The oldest time that a zip can hold: the same content gives the same bytes on every day.
LONG_AGO = (1980, 1, 1, 0, 0, 0)
LONG_AGO_EPOCH = "315532800"


def build(path: Path = PACKAGE, root: Path = ROOT) -> Path:
    """Write the package to `path`; an older one is replaced."""
    with tempfile.TemporaryDirectory() as folder:
        wheel = build_wheel(Path(folder), root)
        lock = (root / "requirements.lock").read_text(encoding="utf-8")
        files = {
            "README.md": (root / README).read_bytes(),
            "requirements.txt": requirements(lock, wheel, root).encode(),
            wheel.name: wheel.read_bytes(),
            **released(root),
        }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in files.items():
            package.writestr(_entry(f"{path.stem}/{name}"), content)
    return path


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def released(root: Path) -> dict[str, bytes]:
    """Path -> content of every released notebook, and of nothing else that lies around there."""
    paths = sorted((root / "release").glob("*/*.ipynb"))
    if not paths:
        raise UserError(f"no lessons in {root / 'release'}; run `make build` first")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


# --- the wheel ----------------------------------------------------------------------------------


def build_wheel(folder: Path, root: Path = ROOT) -> Path:
    """The course's wheel for students, made in `folder`."""
    tree = folder / "tree"
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(root / "course", tree / "course", ignore=skipped)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copyfile(root / name, tree / name)
    for path in (tree / "course").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if TRUTH in text:
            path.write_text(without_truths(text), encoding="utf-8")
    helped = helping.encode(sorted((root / "lessons").glob("*/help.toml")))
    (tree / "course" / "study" / helping.PACKAGED.name).write_text(helped, encoding="utf-8")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": LONG_AGO_EPOCH}
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"the wheel could not be built: {(done.stdout + done.stderr)[-500:]}")
    return next(folder.glob("*.whl"))


def without_truths(text: str) -> str:
    """A module's text without its functions *_truth and without their names in lists of names."""
    lines = text.splitlines()
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef) and node.name.endswith(TRUTH):
            lines[node.lineno - 1 : node.end_lineno] = []
        elif isinstance(node, ast.ImportFrom):
            kept = [alias for alias in node.names if not alias.name.endswith(TRUTH)]
            if len(kept) < len(node.names):
                node.names = kept
                lines[node.lineno - 1 : node.end_lineno] = [ast.unparse(node)] if kept else []
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names = [name for name in ast.literal_eval(node.value) if not name.endswith(TRUTH)]
            lines[node.lineno - 1 : node.end_lineno] = [f"__all__ = {names!r}"]
    return "\n".join(lines) + "\n"


# --- requirements -------------------------------------------------------------------------------


def requirements(lock: str, wheel: Path, root: Path = ROOT) -> str:
    """The lock's pins and hashes of what the course needs, then the wheel with its hash.

    What builds and tests the course is left out.
    """
    needed = closure(lock, direct(root))
    pins = [text for name, text in blocks(lock).items() if name in needed]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return "".join(pins) + f"./{wheel.name} \\\n    --hash=sha256:{digest}\n"


def blocks(lock: str) -> dict[str, str]:
    """Package -> its lines in the lock; one that is pinned twice, by markers, has both."""
    found: dict[str, str] = {}
    for text in re.split(r"(?m)^(?=[A-Za-z0-9])", lock):
        if name := _name(text):
            found[name] = found.get(name, "") + text
    return found


def direct(root: Path = ROOT) -> set[str]:
    """The packages that pyproject.toml names for everybody."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {_name(line) for line in project["dependencies"]}


def _name(text: str) -> str:
    found = re.match(r"[A-Za-z0-9][\w.-]*", text)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else ""


def closure(lock: str, wanted: set[str]) -> set[str]:
    """`wanted` and all that they need, by the lock's own notes on who needs what ("# via")."""
    needs = {name: _named_by(text) for name, text in blocks(lock).items()}
    found: set[str] = set()
    more = set(wanted)
    while more:
        found |= more
        more = {name for name, users in needs.items() if users & found} - found
    return found


def _named_by(block: str) -> set[str]:
    """Who needs this package: names in `# via x` or in a list of comment lines below `# via`."""
    noted = re.findall(r"(?m)^ +# +(?:via +)?([A-Za-z0-9][\w.-]*)(?:\[.*\])?(?: .*)?$", block)
    return {_name(name) for name in noted} - {"via", "course"}


def main() -> int:
    """Exit status 0 when the package is there."""
    try:
        path = build()
    except UserError as error:
        print(f"student: {error}", file=sys.stderr)
        return 1
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 2**20:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
