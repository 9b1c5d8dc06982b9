"""Write environment.yml, for conda, from requirements.lock.

conda hands its pip list to pip as one file. A file with hashes admits no local package, so the list
repeats the lock's pins without them; `make lab` and `make test` do check hashes.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = """\
# Generated from requirements.lock by `make lock`; edit pyproject.toml instead.
# conda env create -f environment.yml && conda activate troubleshooting && course lab
name: troubleshooting
channels:
  - conda-forge
dependencies:
  - python>=3.11,<3.14
  - pip
  - pip:
"""


def pins(lock: str) -> list[str]:
    """`name==version ; marker` of every package in the lock."""
    found = re.findall(r"^([A-Za-z0-9][^\s=]*==[^\\\n]+?)\s*(?:\\)?$", lock, re.M)
    return [pin.strip() for pin in found]


def text(lock: str) -> str:
    """The environment file for a lock's text: the pins, then the course itself."""
    lines = [*pins(lock), "--editable ."]
    return HEADER + "".join(f"      - {_quoted(line)}\n" for line in lines)


def _quoted(line: str) -> str:
    return f'"{line}"' if set(line) & set(";'#:*") else line


if __name__ == "__main__":
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (ROOT / "environment.yml").write_text(text(lock), encoding="utf-8")
