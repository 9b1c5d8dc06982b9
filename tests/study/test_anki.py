"""The exported deck is one that Anki can read, and keeps the identity of its cards."""

from __future__ import annotations

import html
import sqlite3
import zipfile
from pathlib import Path

import pytest

from course.study import anki
from course.study.items import Question
from tests.study import sample_bank

BANK = sample_bank.bank(30)


def notes(path: Path, folder: Path) -> dict[str, tuple[str, list[str], str]]:
    """Identity -> id, fields and tags of each note of a deck."""
    with zipfile.ZipFile(path) as deck:
        deck.extract("collection.anki2", folder)
    connection = sqlite3.connect(folder / "collection.anki2")
    rows = connection.execute("select guid, flds, tags from notes").fetchall()
    connection.close()
    return {
        guid: (fields.split("\x1f")[0], fields.split("\x1f"), tags) for guid, fields, tags in rows
    }


def test_a_deck_holds_the_chosen_questions_with_their_reasons(tmp_path: Path) -> None:
    wanted = ["case_005", "case_004"]
    assert anki.export(BANK, wanted, tmp_path / "a.apkg") == 2
    found = {
        name: (fields, tags) for name, fields, tags in notes(tmp_path / "a.apkg", tmp_path).values()
    }
    assert set(found) == set(wanted)
    fields, tags = found["case_005"]
    question = next(q for q in BANK.questions if q.id == "case_005")
    assert question.stem in fields[1] and "<pre>" in fields[1]
    assert all(text in fields[1] for text in question.options.values())
    assert "<b>B and C and F</b>" in fields[2] and "Exam answer / Today:" in fields[2]
    assert all(f"why {x.lower()} case_005" in fields[2] for x in question.options)
    assert "Wrong: When b holds." in fields[2] and "Right: When a holds." in fields[2]
    assert set(tags.split()) == {"4.1", *question.skills}


def test_a_second_export_updates_instead_of_doubling(tmp_path: Path) -> None:
    decks = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        anki.export(BANK, ["case_001", "case_002"], tmp_path / name / "d.apkg")
        decks.append(notes(tmp_path / name / "d.apkg", tmp_path / name))
    assert decks[0] == decks[1]


@pytest.mark.parametrize("text", ['{"a": 1}', "a < b && c > d", "{{user}} {{{x}}}", "<pre>"])
def test_evidence_is_shown_and_not_interpreted(text: str) -> None:
    question = Question("x", "4.1", ("4.1.S1",), "It is. Why?", text, {"A": "b"}, 1)
    front = anki.front(question)
    assert front.count("<pre>") == 1 and f"<pre>{html.escape(text)}</pre>" in front
