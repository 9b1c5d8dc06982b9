"""`course exam` and `course review`: the questions one by one, in a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from course.errors import UserError
from course.study import anki, exam, exam_sheet, exam_text, items, schedule, sitting
from course.study.exam import Asked, Result
from course.study.items import Bank
from course.study.records import Records, default_path
from course.study.sitting import Clock, Sitting, TimeUp, wall_clock

HELP = (
    'A letter answers ("BD" for two), Enter goes on. back, a number: go there; flag: mark it; '
    "clear: take the answer back; list: what is open; end: hand in; quit: stop here, while the "
    "clock goes on."
)
NO_KEYS = "no keys here: they are in the repository's lessons/items; name it with --course-dir"
WIDEST = 100


@dataclass(frozen=True)
class Terminal:
    """Where the words go, where the answers come from, and what time it is."""

    say: Callable[[str], None] = print
    ask: Callable[[str], str] = input
    clock: Clock = wall_clock

    @property
    def width(self) -> int:
        return min(WIDEST, shutil.get_terminal_size().columns)

    def wrapped(self, text: str) -> str:
        return textwrap.fill(text, self.width)

    def read(self, prompt: str) -> str:
        """One line; the end of input means quit."""
        try:
            return self.ask(prompt).strip()
        except EOFError:
            return "quit"


def take(
    terminal: Terminal,
    records: Records,
    bank: Bank,
    length: str | None,
    *,
    seed: str | None = None,
    minutes: int | None = None,
    new: bool = False,
) -> None:
    """Go on with the exam in progress, or begin one, until it is handed in or left."""
    if new:
        _hand_in_all(records, terminal.clock())
    going = sitting.latest(records, bank, finished=False, clock=terminal.clock)
    if going is None:
        if len(bank.questions) < exam.LENGTHS[length or "full"].questions:
            raise UserError(f"{len(bank.questions)} questions are too few for this form")
        going = sitting.begin(
            records, bank, length or "full", seed=seed, minutes=minutes, clock=terminal.clock
        )
    elif _another(going, length, seed):
        raise UserError(
            f"a {going.form.length} form is in progress; `course exam` goes on with it, "
            "`course exam --new` hands it in and begins another"
        )
    if going.left:
        terminal.say(_opening(terminal, going))
    if _ask_all(terminal, going):
        _close(terminal, going, bank)


def sit(student: str, length: str = "short") -> None:
    """The same in a notebook: its questions one by one, timed, kept like any other exam.

    At the end it prints the answers for the lesson's answer cell; nothing is marked here.
    """
    kept, questions = Records(default_path()), items.packaged()
    try:
        take(Terminal(), kept, Bank(questions, {}), length, seed=student)
    except UserError as refused:
        print(refused)


def _another(going: Sitting, length: str | None, seed: str | None) -> bool:
    """Whether another form is asked for than the one in progress."""
    form = going.form
    return (length or form.length, exam.word(seed or form.seed)) != (form.length, form.seed)


def _hand_in_all(records: Records, now: float) -> None:
    for begun in records.sittings():
        if begun.finished is None:
            records.finish(begun.id, min(now, begun.ends))


def _opening(terminal: Terminal, going: Sitting) -> str:
    form, done = going.form, len(going.answers)
    return (
        f"Mock exam, {form.length} form {form.seed!r}: {len(form.asked)} questions, {done} "
        f"answered, {exam_text.time_left(going.left)} left.\n{terminal.wrapped(HELP)}"
    )


def _ask_all(terminal: Terminal, going: Sitting) -> bool:
    """True when the exam is over, False when it was left to be taken up again."""
    last = len(going.form.asked)
    number = min(going.open_numbers(), default=last)
    while going.left:
        asked = going.form.asked[number - 1]
        terminal.say(_heading(going, number) + "\n\n" + exam_text.question(asked, terminal.width))
        given = terminal.read(f"\n{_wanted(asked)} > ").lower()
        if given == "quit":
            terminal.say("Kept. `course exam` goes on from here; the clock does not stop.")
            return False
        if given == "end" or (given == "" and number == last):
            if _sure(terminal, going):
                return True
            continue
        number = _obey(terminal, going, number, given)
    terminal.say("Time is up.")
    return True


def _heading(going: Sitting, number: int) -> str:
    asked = going.form.asked[number - 1]
    answer = going.answers.get(asked.id)
    marks = [f"your answer: {answer}"] if answer else []
    marks += ["flagged"] if asked.id in going.flagged else []
    place = f"Question {number} of {len(going.form.asked)}"
    return "   ".join(["\n" + place, f"{exam_text.time_left(going.left)} left", *marks])


def _wanted(asked: Asked) -> str:
    return f"Choose {exam_text.NUMBERS[asked.question.choose]}"


def _obey(terminal: Terminal, going: Sitting, number: int, given: str) -> int:
    """Do what was typed at question `number`; the question to show next."""
    asked, last = going.form.asked[number - 1], len(going.form.asked)
    if given in ("", "next"):
        return min(number + 1, last)
    if given == "back":
        return max(number - 1, 1)
    if given.isdecimal():
        if 1 <= int(given) <= last:
            return int(given)
        terminal.say(f"There are {last} questions.")
    elif given == "flag":
        going.flag(asked)
    elif given == "list":
        terminal.say(_overview(going))
    elif given == "clear":
        _answer(terminal, going, asked, "")
    elif given == "help":
        terminal.say(terminal.wrapped(HELP))
    elif _answer(terminal, going, asked, given):
        return min(number + 1, last)
    return number


def _answer(terminal: Terminal, going: Sitting, asked: Asked, given: str) -> bool:
    try:
        going.answer(asked, given)
    except ValueError as error:
        terminal.say(f"{given!r} is no answer: {error}; `help` lists the words.")
        return False
    except TimeUp:
        return False  # the loop sees it and says so
    return True


def _overview(going: Sitting) -> str:
    flagged = [n for n, e in enumerate(going.form.asked, start=1) if e.id in going.flagged]
    return f"Open: {_numbers(going.open_numbers())}. Flagged: {_numbers(flagged)}."


def _numbers(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"


def _sure(terminal: Terminal, going: Sitting) -> bool:
    terminal.say(_overview(going))
    return terminal.read("Hand in? yes or no > ").lower() in ("y", "yes")


def _close(terminal: Terminal, going: Sitting, bank: Bank) -> None:
    """Hand in, say the result, and put what was missed among the cards to review."""
    going.finish()
    if going.form.length == "short" and not sitting.is_own_seed(going.form.seed):
        sheet = exam_sheet.blank(going.form, going.answers)
        terminal.say(f"\nFor lesson 11, with student = {going.form.seed!r}:\n\n{sheet}")
    if not bank.has_keys:
        terminal.say("Nothing is marked: " + NO_KEYS)
        return
    outcome = _result(going, bank)
    terminal.say("\n" + exam_text.result(outcome, terminal.width))
    for item in outcome.missed:
        schedule.miss(going.records, item, terminal.clock())
    terminal.say(
        "\n`course exam --review` explains every question. "
        f"{len(outcome.missed)} missed ones wait in `course review`."
    )


def _result(going: Sitting, bank: Bank) -> Result:
    keys = {name: reasons.keys for name, reasons in bank.reasons.items()}
    return exam.result(going.form, going.answers, keys)


def explain(terminal: Terminal, records: Records, bank: Bank) -> None:
    """The last finished exam once more, question by question, with its reasons."""
    _need_keys(bank)
    done = sitting.latest(records, bank, finished=True, clock=terminal.clock)
    if done is None:
        raise UserError("no exam is finished yet; `course exam` begins one")
    outcome = _result(done, bank)
    terminal.say(exam_text.result(outcome, terminal.width))
    for number, marked in enumerate(outcome.marked, start=1):
        terminal.say("\n" + exam_text.question(marked.asked, terminal.width) + "\n")
        reasons = bank.reasons[marked.asked.id]
        terminal.say(exam_text.review(number, marked, reasons, terminal.width))
        if terminal.read("\nEnter for the next, quit to stop > ").lower() == "quit":
            return


def _need_keys(bank: Bank) -> None:
    if not bank.has_keys:
        raise UserError(NO_KEYS)


def review(terminal: Terminal, records: Records, bank: Bank) -> None:
    """Ask what is due, explain it, and say when it comes again."""
    _need_keys(bank)
    known = {question.id: question for question in bank.questions}
    waiting = [item for item in schedule.due(records, terminal.clock()) if item in known]
    terminal.say(_agenda(records, waiting, terminal.clock()))
    for item in waiting:
        # Other letters each time, so that a letter is not what is remembered.
        state = records.cards()[item][1]
        asked = exam.shuffled(known[item], state)
        terminal.say("\n" + exam_text.question(asked, terminal.width))
        given = _one_answer(terminal, asked)
        if given is None:
            return
        marked = exam.mark(asked, given, bank.reasons[item].keys)
        terminal.say(exam_text.review(1, marked, bank.reasons[item], terminal.width))
        again = schedule.reviewed(records, item, marked.right, terminal.clock())
        terminal.say(f"It comes again on {_written(again)}.")


def _agenda(records: Records, waiting: list[str], now: float) -> str:
    cards = len(records.cards())
    day = schedule.exam_day(records, now)
    until = (
        f"; the exam is on {_written(day)}" if day else "; --exam-date sets the day of your exam"
    )
    if not cards:
        return "Nothing to review: what you miss in `course exam` comes here."
    return f"{len(waiting)} of {cards} cards are due{until}."


def _written(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _one_answer(terminal: Terminal, asked: Asked) -> str | None:
    """Letters, or "" for "I do not know"; None when the reader has had enough."""
    while True:
        given = terminal.read(f"\n{_wanted(asked)} (Enter: I do not know; quit: stop) > ")
        if given.lower() == "quit":
            return None
        try:
            return exam.letters(given, asked)
        except ValueError as error:
            terminal.say(f"{given!r} is no answer: {error}.")


def export(terminal: Terminal, records: Records, bank: Bank, path: Path, everything: bool) -> None:
    """Write an Anki deck of what was missed so far, or of every question."""
    _need_keys(bank)
    wanted = list(bank.reasons) if everything else list(records.cards())
    if not wanted:
        raise UserError("nothing was missed yet; --all exports every question")
    try:
        count = anki.export(bank, wanted, path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; name a file that can be written") from None
    terminal.say(f"{count} cards are in {path}; import it in Anki with File, Import.")
