"""Make .venv: the pinned dependencies, then the course itself. Needs only Python >= 3.11.

Called by the Makefile when .venv is missing or older than what it is made from.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
OLDEST = (3, 11)


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(
            f"set-up: the course needs Python 3.11 or later, this is {sys.version.split()[0]}; "
            "name another one, as in `make lab PYTHON=python3.12`"
        )
    print("Setting up .venv (two minutes, once) ...", flush=True)
    if not PYTHON.exists():
        make_environment()
    pip("install", "--require-hashes", "-r", str(ROOT / "requirements.lock"))
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    warm_fonts()
    (FOLDER / "ready").touch()


def make_environment() -> None:
    try:
        venv.create(FOLDER, with_pip=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(FOLDER, ignore_errors=True)
        sys.exit("set-up: this Python has no venv module; on Debian or Ubuntu install python3-venv")


def pip(*arguments: str) -> None:
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    if subprocess.run(command, cwd=ROOT).returncode:
        sys.exit("set-up: pip could not install the dependencies; its message stands above")


def warm_fonts() -> None:
    """Matplotlib lists the machine's fonts once, for seconds; better here than at a first plot."""
    subprocess.run([str(PYTHON), "-c", "import matplotlib.font_manager"], cwd=ROOT, check=False)


if __name__ == "__main__":
    main()
