"""Writes the committed data sets, or checks that they are what the generators make today.

    python -m course.incidents            writes course/data/<name>/
    python -m course.incidents --check    compares, names the first difference, exits 1 on one

The check compares decompressed content, because versions of zlib compress differently.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from course.incidents import checkout, packing
from course.telemetry.world import World

WORLDS: dict[str, Callable[[], World]] = {"checkout": checkout.world}
DATA = Path(__file__).parents[1] / "data"


def write(directory: Path = DATA) -> list[str]:
    """Writes every data set below `directory`; returns one line about each."""
    report = []
    for name, make in WORLDS.items():
        world = make()
        packing.write(world, directory / name)
        size = sum((directory / name / file).stat().st_size for file in packing.FILES)
        counts = {
            "log events": len(world.logs),
            "metric records": len(world.metrics),
            "segment documents": len(world.traces),
            "trail records": len(world.trail),
        }
        listed = ", ".join(f"{count:,} {what}" for what, count in counts.items())
        report.append(f"{name}: {listed}, {size / 1024:,.0f} KiB")
    return report


def check(directory: Path = DATA) -> list[str]:
    """What differs between the data sets below `directory` and a fresh build."""
    return [
        difference
        for name, make in WORLDS.items()
        for file, fresh in packing.contents(make()).items()
        if (difference := _difference(directory / name, file, fresh))
    ]


def _difference(directory: Path, file: str, fresh: str) -> str | None:
    label = f"{directory.name}/{file}"
    if not (directory / file).exists():
        return f"{label} is missing; write it with `python -m course.incidents`"
    stored = packing.text(directory, file)
    if stored == fresh:
        return None
    pairs = zip(stored.splitlines(), fresh.splitlines(), strict=False)
    number, place = next(
        ((n, _place(a, b)) for n, (a, b) in enumerate(pairs, 1) if a != b),
        (min(stored.count("\n"), fresh.count("\n")) + 1, "one has more lines than the other"),
    )
    return f"{label} line {number} differs from a fresh build: {place}"


def _place(stored: str, fresh: str) -> str:
    """The first difference of two lines, with a little of what is around it."""
    pairs = zip(stored, fresh, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(stored), len(fresh)))
    around = slice(max(at - 20, 0), at + 40)
    return f"stored ...{stored[around]}..., fresh ...{fresh[around]}..."


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when all is well."""
    parser = argparse.ArgumentParser(prog="python -m course.incidents")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args(arguments).check:
        print(*write(), sep="\n")
        return 0
    differences = check()
    print(*(differences or ["the committed data is what the generators make"]), sep="\n")
    return 1 if differences else 0
