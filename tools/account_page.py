"""Write docs/account.md: what the simulated account does, from the tests that show it.

python -m tools.account_page            writes the page
python -m tools.account_page --check    fails when the page is not up to date
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from tests.account.behaviours import Row, Shown, rows, shown

PAGE = Path(__file__).resolve().parent.parent / "docs" / "account.md"
MOTO = {
    "works": "works",
    "partial": "in part",
    "silent": "stores it, nothing happens",
    "refuses": "not there",
    "wrong": "answers wrongly",
}
HERE = {"works": "works", "refuses": "refuses, and says what to use instead"}
BAR = r"\|"  # a bar of the text, which would otherwise begin a column
HEADING = """\
# What the account does

Generated from `tests/account/behaviour_rows/` and the tests named below by `make build`.

The account answers plain boto3. [moto](https://github.com/getmoto/moto) keeps what was configured;
the account adds what AWS then does with it. The tables say, behaviour by behaviour, what moto does
by itself, what this account does, and which test shows it. A call that would be taken without any
effect raises `NotSimulated`, which names the call and what to use instead.
"""


def text(rows: Iterable[Row], shown: Iterable[Shown]) -> str:
    """The page: one table a service, services in alphabetical order."""
    tests: dict[str, list[Shown]] = {}
    for each in shown:
        tests.setdefault(each.id, []).append(each)
    parts = [HEADING]
    for service, found in groupby(sorted(rows, key=lambda row: row.service), lambda r: r.service):
        parts.append(f"\n## {service}\n\n| Behaviour | moto alone | here | shown by |\n")
        parts.append("|---|---|---|---|\n")
        parts += [_line(row, tests.get(row.id, [])) for row in found]
    return "".join(parts)


def _line(row: Row, tests: list[Shown]) -> str:
    here = HERE[row.here] + (f": {row.note}" if row.note else "")
    links = ", ".join(f"[{each.test}](../tests/{each.path})" for each in tests)
    cells = (row.behaviour, MOTO[row.moto], here, links)
    return "".join(f"| {cell.replace('|', BAR)} " for cell in cells) + "|\n"


def main(arguments: list[str]) -> int:
    made = text(rows(), shown())
    if "--check" not in arguments:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == made:
        return 0
    print("docs/account.md is not up to date: run make build", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
