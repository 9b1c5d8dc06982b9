"""`course doctor`: has this machine what the course needs, and what to do where it has not.

Every finding is one line. What is optional (the sandbox, a browser for tests, a package that
differs from the lock) is told and stops nothing.
"""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from course.errors import UserError
from course.study import copies, records

OLDEST = (3, 11)
KERNEL = "python3"
# jupyter_client takes the running Python for these.
ANY_PYTHON = {"python", "python3", f"python3.{sys.version_info[1]}"}
LAB_EXTENSION = "@jupyter/nbgrader"
SERVER_EXTENSION = "nbgrader.server_extensions.validate_assignment"
LOCK = "requirements.lock"
PIN = re.compile(r"^([A-Za-z0-9][^\s=]*==[^\\\n]+?)\s*\\?$", re.MULTILINE)
SIGNS = "é µ → ≤ …"  # stand in pictures of the lessons
FEW_MB, SCARCE_MB = 100, 1000
NAMED = 3
REINSTALL = "run `make lab` (it installs what is missing), or install the course again"


@dataclass(frozen=True)
class Finding:
    """What was looked at and what was found. problem: None where all is well; with what to do.
    needed: without it the lessons do not run."""

    name: str
    found: str
    problem: str | None = None
    needed: bool = True

    @property
    def stops(self) -> bool:
        return self.problem is not None and self.needed

    def line(self) -> str:
        mark = "wrong" if self.stops else "note" if self.problem else "ok"
        return f"{mark:<5}  {self.name}: {self.problem or self.found}"


def examine(course_dir: Path) -> list[Finding]:
    """Everything, in the order in which it is worth mending."""
    looks: tuple[Callable[[], Finding], ...] = (
        python,
        packages,
        lambda: lock(course_dir / LOCK),
        kernel,
        extensions,
        fonts,
        lambda: lessons(course_dir),
        lambda: own_folder(course_dir),
        progress,
        lambda: space(course_dir),
        sandbox,
        chromium,
    )
    return [look() for look in looks]


def python() -> Finding:
    found = f"{sys.version.split()[0]} at {sys.executable}"
    if sys.version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        return Finding("Python", found, f"{found}, but {wanted} or later is needed; install it")
    return Finding("Python", found)


def packages(requirements: list[str] | None = None) -> Finding:
    """What this package says that it needs, of this machine's kind and without extras."""
    texts = importlib.metadata.requires("course") if requirements is None else requirements
    wanted = [one for one in map(Requirement, texts or []) if _applies(one)]
    wrong = [told for one in wanted if (told := _unmet(one))]
    problem = f"{_few(wrong)}; {REINSTALL}" if wrong else None
    return Finding("packages", f"all {len(wanted)} that the course needs", problem)


def _applies(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _unmet(requirement: Requirement) -> str | None:
    version = _version(requirement.name)
    if version is None:
        return f"{requirement.name} is not installed"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} is {version}, not {requirement.specifier}"
    return None


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def lock(path: Path) -> Finding:
    """Whether results can be compared with those of others, who have the lock's versions."""
    if not path.is_file():
        return Finding("versions", f"no {LOCK} here to compare with", needed=False)
    pins = [one for one in map(Requirement, PIN.findall(path.read_text("utf-8"))) if _applies(one)]
    have = [(one, version) for one in pins if (version := _version(one.name))]
    other = [f"{one.name} {v} ({one.specifier})" for one, v in have if v not in one.specifier]
    advice = "results may differ from your instructor's; `make lab` installs the lock's"
    problem = f"not as in {LOCK}: {_few(other)}; {advice}" if other else None
    return Finding("versions", f"{len(have)} packages as in {LOCK}", problem, needed=False)


def _few(texts: list[str]) -> str:
    rest = f" and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
    return ", ".join(texts[:NAMED]) + rest


def kernel() -> Finding:
    """A notebook's kernel may be another Python's, left in the user's folder long ago."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    install = f"`{sys.executable} -m ipykernel install --sys-prefix`"
    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        return Finding("kernel", "", f"there is no kernel {KERNEL!r}; run {install}")
    program = spec.argv[0]
    if program in ANY_PYTHON or _has_course(program):
        return Finding("kernel", f"{KERNEL}, from {spec.resource_dir}")
    problem = f"{KERNEL} of {spec.resource_dir} starts {program}, which has no course"
    return Finding("kernel", "", f"{problem}; remove that folder or run {install}")


def _has_course(program: str) -> bool:
    if Path(program).absolute() == Path(sys.executable).absolute():
        return True
    try:
        command = [program, "-c", "import course, ipykernel"]
        return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def extensions() -> Finding:
    """nbgrader's Validate button has a half in JupyterLab and a half in its server."""
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab_server.config import get_federated_extensions, get_page_config

    labs = jupyter_path("labextensions")
    configured: Any = ExtensionConfigManager(read_config_path=jupyter_config_path())
    off = get_page_config(labs).get("disabledExtensions", [])
    wrong = []
    if LAB_EXTENSION not in get_federated_extensions(labs):
        wrong.append(f"{LAB_EXTENSION} is not in JupyterLab; {REINSTALL}")
    if LAB_EXTENSION in off:
        wrong.append(f"{LAB_EXTENSION} is off; run `jupyter labextension enable {LAB_EXTENSION}`")
    if not configured.get_jpserver_extensions().get(SERVER_EXTENSION):
        enable = "jupyter server extension enable --sys-prefix --py nbgrader"
        wrong.append(f"its server extension is off; run `{enable}`")
    return Finding("nbgrader in JupyterLab", "Validate is there", "; ".join(wrong) or None)


def fonts() -> Finding:
    """Draw with them: a broken cache or font file shows nowhere else."""
    try:
        from course.show import words

        missing = [sign for sign in SIGNS.split() if words.drawable(sign) != sign]
    except Exception as error:
        # Whatever a broken installation raises is the finding.
        told = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        return Finding("fonts", "", f"pictures cannot be drawn ({told}); {REINSTALL}")
    problem = f"DejaVu Sans lacks {' '.join(missing)}; {REINSTALL}" if missing else None
    return Finding("fonts", "DejaVu Sans, for the pictures", problem)


def lessons(course_dir: Path) -> Finding:
    found = {path.parent.name for path in (course_dir / copies.RELEASE).glob("*/*.ipynb")}
    if not found:
        looked = (course_dir / copies.RELEASE).absolute()
        problem = f"none in {looked}; go to the course's folder or name it with --course-dir"
        return Finding("lessons", "", problem)
    own = {path.parent.name for path in (course_dir / "source").glob("*/*.ipynb")}
    tests = "with hidden tests" if found <= own else "without hidden tests"
    return Finding("lessons", f"{len(found)}, {tests}")


def own_folder(course_dir: Path) -> Finding:
    """Whether work/, or the folder in which it will be made, can be written to."""
    folder = course_dir / copies.WORK
    inside = folder if folder.exists() else course_dir
    try:
        with tempfile.TemporaryFile(dir=inside):
            pass
    except OSError as error:
        told = f"nothing can be written to {inside.absolute()}: {error.strerror}"
        return Finding("your copies", "", f"{told}; make it yours with chown, or free some space")
    return Finding("your copies", f"in {folder.absolute()}")


def progress() -> Finding:
    path = records.default_path()
    try:
        records.Records(path).setting("doctor")
    except UserError as error:
        return Finding("progress", "", str(error))
    return Finding("progress", f"kept in {path}")


def space(course_dir: Path) -> Finding:
    """Where copies and pictures are saved, and where grading works."""
    folders = {folder.absolute() for folder in (course_dir, Path(tempfile.gettempdir()))}
    free = {folder: shutil.disk_usage(folder).free // 1_000_000 for folder in folders}
    folder, least = min(free.items(), key=lambda item: item[1])
    found = f"{least:,} MB free in {folder}"
    problem = f"only {found}; free some" if least < SCARCE_MB else None
    return Finding("disk", found, problem, needed=least < FEW_MB)


def sandbox() -> Finding:
    # Nothing else here needs the part that grades.
    from course.grading.sandbox import bubblewrap

    why = bubblewrap.why_not()
    advice = "`course check` runs your cells with your own rights; grading a class needs it"
    problem = f"{why}; {advice}" if why else None
    return Finding("sandbox", "works", problem, needed=False)


def chromium() -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    advice = "not installed; only the course's own browser tests need it"
    return Finding("Chromium", str(found), None if found else advice, needed=False)
