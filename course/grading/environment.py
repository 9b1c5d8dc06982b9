"""What a run's result depends on beside the notebook: this package, the others, Python.

One hash stands for all of it. A run made by another state of the course is another run.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import course


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@functools.cache
def current() -> str:
    """The hash for this process."""
    parts = [str(sys.version_info[:3]), *sorted(_packages()), *_own_files()]
    return sha256("\n".join(parts).encode())


def _packages() -> set[str]:
    """The packages that this one needs, with their versions; not what a developer has beside."""
    found: set[str] = set()
    waiting, seen = _required(_own_package(), set()), set()
    while waiting:
        wanted = waiting.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            package = importlib.metadata.distribution(wanted.name)
            found.add(f"{canonicalize_name(wanted.name)}=={package.version}")
            waiting += _required(package, wanted.extras)
    return found


def _own_package() -> importlib.metadata.Distribution:
    """This package as installed; a clone's folder may hold older words about it."""
    found = list(importlib.metadata.distributions(name="course"))
    return next((one for one in found if one.read_text("RECORD") is not None), found[0])


def _required(package: importlib.metadata.Distribution, extras: set[str]) -> list[Requirement]:
    needed = [Requirement(text) for text in package.requires or []]
    chosen = [{"extra": extra} for extra in ("", *sorted(extras))]
    return [
        one
        for one in needed
        if one.marker is None or any(one.marker.evaluate(extra) for extra in chosen)
    ]


def _own_files() -> list[str]:
    # A course that is being worked on has one version and many states.
    root = Path(next(iter(course.__path__)))
    found = (path for path in root.rglob("*") if "__pycache__" not in path.parts)
    files = {path.relative_to(root).as_posix(): path for path in found if path.is_file()}
    return [f"{name} {sha256(path.read_bytes())}" for name, path in sorted(files.items())]
