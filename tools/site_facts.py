"""The page "What the notes say, what AWS does today", from lessons/facts.tsv."""

from __future__ import annotations

import csv
import re
from pathlib import Path

Fact = dict[str, str]
# In this order: first what costs points and outages, last what needs no correction.
VERDICTS = {
    "wrong": ("Wrong", "What the notes say does not hold."),
    "outdated": ("Outdated", "It was true once. AWS has changed it since."),
    "simplified": ("Simpler than it is", "Good enough for the exam, with more to it in practice."),
    "unverifiable": ("Not to be verified", "Nobody outside can check these."),
    "true": ("True", "Checked, and right as it stands."),
}
HEADING = """\
# What the notes say, what AWS does today

{total} claims about AWS and about the exam, as study material makes them, each compared with its
source, mostly AWS's own documentation and service models. What is wrong or outdated comes first:
{wrong} of them.
The lessons teach what is true today, and say where the exam may expect the older answer.
"""


def page(table: Path) -> str:
    facts = read(table)
    wrong = sum(fact["verdict"] in ("wrong", "outdated") for fact in facts)
    parts = [HEADING.format(total=len(facts), wrong=wrong)]
    for verdict, (title, about) in VERDICTS.items():
        found = [fact for fact in facts if fact["verdict"] == verdict]
        parts.append(f"\n## {title}\n\n{len(found)} claims. {about}\n\n{_table(found)}")
    return "".join(parts)


def read(table: Path) -> list[Fact]:
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _table(facts: list[Fact]) -> str:
    """Three columns fit a page: the source stands below what it says."""
    rows = [["Section", "The notes say", "Today, and where it says so"], ["---"] * 3]
    for fact in facts:
        today = f"{_cell(fact['today'])}<br>" if fact["today"] else ""
        source = f"<small>{_source(fact['source'])}</small>"
        rows.append([fact["section"], _cell(fact["claim"]), today + source])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _source(text: str) -> str:
    """Addresses as links with short names, so that a table stays readable."""
    parts = [_cell(part) for part in text.split("; ")]
    return "; ".join(re.sub(r"https?://[^\s)]+", _link, part) for part in parts)


def _link(found: re.Match[str]) -> str:
    address = found[0]
    host = address.split("/")[2].removeprefix("www.")
    page = address.rstrip("/").split("/")[-1].split("#")[0].split("?")[0]
    return f"[{host}: {page.rsplit('.', 1)[0]}]({address})"


def _cell(text: str) -> str:
    """As it stands: a field's stars, brackets and underscores are no markup."""
    return re.sub(r"([\\*_`\[\]|])", r"\\\1", text).replace("<", "&lt;")
