"""Questions as an Anki deck: the question in front, keys and reasons behind.

A card keeps its identity over exports, so that importing a newer deck updates it and leaves what
Anki knows of the reader's memory alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from course.study.exam_text import condition
from course.study.items import Bank, Question, Reasons

if TYPE_CHECKING:
    from genanki import Model

# Anki tells decks and note types apart by numbers, which must stay as they are.
DECK, MODEL = 1_763_904_201, 1_763_904_202
CSS = ".card { font-family: sans-serif; text-align: left; } pre { overflow-x: auto; }"


def export(bank: Bank, ids: Iterable[str], path: Path) -> int:
    """Write the deck of these items to `path`; the number of its cards."""
    import genanki

    wanted, model = set(ids), _model()
    deck = genanki.Deck(DECK, "Troubleshooting on AWS")
    for question in bank.questions:
        if question.id in wanted:
            deck.add_note(
                genanki.Note(
                    model=model,
                    fields=[
                        question.id,
                        front(question),
                        back(question, bank.reasons[question.id]),
                    ],
                    tags=[question.section, *question.skills],
                    guid=genanki.guid_for("course", question.id),
                )
            )
    genanki.Package(deck).write_to_file(str(path))
    return len(deck.notes)


def _model() -> Model:
    import genanki

    return genanki.Model(
        MODEL,
        "Troubleshooting on AWS, question",
        fields=[{"name": "Id"}, {"name": "Question"}, {"name": "Reasons"}],
        templates=[
            {
                "name": "Question",
                "qfmt": "{{Question}}",
                "afmt": "{{Question}}<hr id=answer>{{Reasons}}",
            }
        ],
        css=CSS,
    )


def front(question: Question) -> str:
    """Stem, evidence and options as HTML."""
    evidence = f"<pre>{escape(question.evidence)}</pre>" if question.evidence else ""
    options = "".join(f"<p>{k}. {escape(text)}</p>" for k, text in question.options.items())
    return f"<p>{escape(question.stem)}</p>{evidence}{options}"


def back(question: Question, reasons: Reasons) -> str:
    """Keys, then for each option why and when it would be right, as HTML."""
    lines = [f"<p><b>{' and '.join(reasons.keys)}</b></p>"]
    for letter in question.options:
        when = condition(reasons.when[letter], letter in reasons.keys)
        lines.append(f"<p>{letter}. {escape(reasons.why[letter])} <i>{escape(when)}</i></p>")
    if reasons.exam:
        lines.append(f"<p><b>Exam answer / Today:</b> {escape(reasons.exam)}</p>")
    return "".join([*lines, f"<p><small>{escape(reasons.source)}</small></p>"])
