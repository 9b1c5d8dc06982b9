"""When a missed question comes again: FSRS's intervals, none of them past the exam.

The memory model is the `fsrs` package's. Steps within a day are left out, since a question is put
at most once a day, and so is its random spread, since the same history must give the same day.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from course.errors import UserError
from course.study.records import Records

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

EXAM_DATE = "exam date"
FAR = 36500  # days: without an exam date nothing cuts an interval


def set_exam(records: Records, day: date, now: float) -> None:
    """Remember the day of the exam and bring forward what would come too late for it."""
    if day <= _moment(now).date():
        raise UserError(f"{day} is not in the future; give the day of the exam as YYYY-MM-DD", 2)
    records.set(EXAM_DATE, day.isoformat())
    for item, (due, state) in records.cards().items():
        _keep(records, item, state, min(due, _last(day, now)))


def exam_day(records: Records, now: float) -> date | None:
    """The day of the exam, as long as it lies ahead."""
    stored = records.setting(EXAM_DATE)
    day = date.fromisoformat(stored) if stored else None
    return day if day and day > _moment(now).date() else None


def miss(records: Records, item: str, now: float) -> None:
    """A question was missed in an exam: it is due at once. What was learnt of it before is kept."""
    from fsrs import Card

    known = records.cards().get(item)
    state = known[1] if known else json.dumps(Card(card_id=1, due=_moment(now)).to_dict())
    _keep(records, item, state, now)


def due(records: Records, now: float) -> list[str]:
    """The items to review now, the longest overdue first."""
    return [item for item, (when, _) in records.cards().items() if when <= now]


def reviewed(records: Records, item: str, right: bool, now: float) -> datetime:
    """Take the outcome of a review into account; when the item comes again."""
    from fsrs import Card, Rating

    card = Card.from_dict(json.loads(records.cards()[item][1]))
    day = exam_day(records, now)
    rating = Rating.Good if right else Rating.Again
    card, _ = _scheduler().review_card(card, rating, _moment(now))
    when = min(card.due.timestamp(), _last(day, now)) if day else card.due.timestamp()
    _keep(records, item, _state(card), when)
    return _moment(when)


def _scheduler() -> Scheduler:
    from fsrs import Scheduler

    return Scheduler(
        learning_steps=(), relearning_steps=(), maximum_interval=FAR, enable_fuzzing=False
    )


def _state(card: Card) -> str:
    return json.dumps(card.to_dict())


def _keep(records: Records, item: str, state: str, when: float) -> None:
    moved = json.loads(state) | {"due": _moment(when).isoformat()}
    records.put_card(item, when, json.dumps(moved))


def _last(day: date, now: float) -> float:
    """The latest moment for a review: the beginning of the day before the exam, or now."""
    eve = datetime.combine(day - timedelta(days=1), time(), UTC)
    return max(eve.timestamp(), now)


def _moment(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC)
