"""lessons/facts.tsv: the claims that the lessons teach, each with a verdict and a source."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

FACTS = Path(__file__).parents[2] / "lessons" / "facts.tsv"
COLUMNS = ["id", "section", "claim", "verdict", "today", "source"]
VERDICTS = {"true", "simplified", "outdated", "wrong", "unverifiable"}
ROWS = 560
# A source is a document that a reader can open, a behaviour that a reader can repeat, arithmetic,
# or the honest word that there is none yet.
SOURCE = re.compile(r"https?://|github:|boto(core|3) |PyPI package |^arithmetic\b|unconfirmed")


def rows() -> list[dict[str, str]]:
    """Every row of the file, keyed by column; a row of another width is a fault of its own test."""
    with FACTS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))


def ids(faulty: list[dict[str, str]]) -> str:
    return ", ".join(row["id"] for row in faulty)


def test_header_and_width() -> None:
    lines = FACTS.read_text(encoding="utf-8").splitlines()
    assert lines[0].split("\t") == COLUMNS, f"the first line must name the columns {COLUMNS}"
    uneven = [number for number, line in enumerate(lines, 1) if line.count("\t") != 5]
    assert not uneven, f"lines {uneven} do not have six tab-separated fields"


def test_number_of_facts_and_unique_ids() -> None:
    found = [row["id"] for row in rows()]
    repeated = sorted({name for name in found if found.count(name) > 1})
    assert not repeated, f"these ids stand in more than one row: {repeated}"
    assert len(found) == ROWS, f"expected {ROWS} facts, found {len(found)}"


def test_ids_carry_their_section() -> None:
    # Section FS holds the claims about the exam as a whole; the others are numbered.
    stray = [
        row
        for row in rows()
        if row["id"][:-3] != "F" + row["section"].removeprefix("F")
        or not re.fullmatch(r"-\d\d", row["id"][-3:])
    ]
    assert not stray, f"an id is F, the section, a dash and two digits; not so: {ids(stray)}"


def test_verdicts() -> None:
    odd = [row for row in rows() if row["verdict"] not in VERDICTS]
    assert not odd, f"a verdict is one of {sorted(VERDICTS)}; another word stands at: {ids(odd)}"


def test_a_false_claim_says_what_holds_today() -> None:
    silent = [row for row in rows() if row["verdict"] != "true" and not row["today"].strip()]
    assert not silent, f"not simply true, but the column `today` is empty: {ids(silent)}"


@pytest.mark.parametrize("column", ["claim", "source"])
def test_no_empty_cells(column: str) -> None:
    empty = [row for row in rows() if not row[column].strip()]
    assert not empty, f"the column `{column}` is empty at: {ids(empty)}"


def test_sources_can_be_followed() -> None:
    vague = [row for row in rows() if not SOURCE.search(row["source"])]
    assert not vague, f"no address, document or `unconfirmed` in the source of: {ids(vague)}"


@pytest.mark.parametrize("word", ["from memory", ": memory", "mirror", "stored", "not opened"])
def test_sources_name_documents_and_not_how_they_were_found(word: str) -> None:
    private = [row for row in rows() if word in row["source"]]
    assert not private, f"{word!r} says nothing a reader can check; see {ids(private)}"
