"""`course exam` and `course review` as they are typed, line by line, with a clock that is moved."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from course import cli
from course.errors import UserError
from course.study import exam, exam_text, items, schedule, sitting
from course.study import exam_terminal as terminals
from course.study.exam import Asked
from course.study.exam_terminal import Terminal
from course.study.items import Bank
from course.study.records import Records
from tests.study import sample_bank

BANK = sample_bank.bank()
ROOT = Path(__file__).resolve().parents[2]
NOON = 1_790_000_000.0
MINUTE = 60


class Desk:
    """A terminal that types what it was given and keeps what it is told."""

    def __init__(self, *typed: str | Callable[[Desk], str]) -> None:
        self.typed, self.said, self.now = list(typed), "", NOON

    def terminal(self) -> Terminal:
        return Terminal(self.say, self.ask, lambda: self.now)

    def say(self, text: str) -> None:
        self.said += text + "\n"

    def ask(self, prompt: str) -> str:
        self.say(prompt)
        if not self.typed:
            raise EOFError
        typed = self.typed.pop(0)
        return typed if isinstance(typed, str) else typed(self)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Records:
    monkeypatch.setenv("COURSE_PROGRESS", str(tmp_path / "progress.sqlite"))
    return Records(tmp_path / "progress.sqlite")


def sit(
    kept: Records, *typed: str | Callable[[Desk], str], bank: Bank = BANK, **how: object
) -> str:
    """What an exam of the short form says to these lines."""
    desk = Desk(*typed)
    how = {"seed": "ada", "length": "short"} | how
    terminals.take(desk.terminal(), kept, bank, **how)  # type: ignore[arg-type]
    return desk.said


def go_on(kept: Records, *typed: str | Callable[[Desk], str], **how: object) -> str:
    return sit(kept, *typed, **({"seed": None, "length": None} | how))


def keys(asked: Asked) -> str:
    return asked.letters(BANK.reasons[asked.id].keys)


def form(length: str = "short", seed: str = "ada") -> list[Asked]:
    return list(exam.form(seed, length, BANK.questions).asked)


def places(said: str) -> list[int]:
    """The numbers of the questions that were shown, in order."""
    return [int(number) for number in re.findall(r"^Question (\d+) of", said, re.M)]


def test_a_whole_exam_without_a_fault(kept: Records) -> None:
    said = sit(kept, *map(keys, form()), "end", "yes")
    assert "Raw score: 20 of 20, 100 %" in said and "cannot be computed" in said
    assert "0 missed ones wait" in said
    assert "40 min left" in said and "Mock exam, short form 'ada': 20 questions, 0 answered" in said


def test_the_full_form_has_65_questions_of_which_50_count(kept: Records) -> None:
    asked = form("full")
    said = sit(kept, *map(keys, asked), "end", "yes", length="full")
    assert places(said)[:3] == [1, 2, 3] and "Question 65 of 65   2 h 10 min left" in said
    assert "Raw score: 50 of 50, 100 % (95 % interval: 93 to 100 %)." in said
    assert "Of the 15 unscored questions, which the real exam tries out, 15 right." in said


def test_words_move_between_questions(kept: Records) -> None:
    said = sit(kept, "next", "", "back", "20", "1", "21", "0", "quit")
    assert places(said) == [1, 2, 3, 2, 20, 1, 1, 1]
    assert said.count("There are 20 questions.") == 2


def test_flags_and_open_questions_are_listed(kept: Records) -> None:
    said = sit(kept, keys(form()[0]), "flag", "list", "flag", "list", "1", "clear", "list", "quit")
    found = re.findall(r"Open: ([\d, ]+)\. Flagged: (.*)\.", said)
    assert found[0][0].startswith("2, 3") and found[0][1] == "2"
    assert found[1][1] == "none" and found[2][0].startswith("1, 2, 3")
    assert "left   flagged" in said and f"your answer: {keys(form()[0])}" in said


@pytest.mark.parametrize("typed", ["z", "abc", "help me", "b d e f"])
def test_what_is_no_answer_is_told_and_asked_again(kept: Records, typed: str) -> None:
    said = sit(kept, typed, "quit")
    assert places(said) == [1, 1]
    assert f"{typed!r} is no answer: give" in said


def test_help_shows_the_words(kept: Records) -> None:
    assert sit(kept, "help", "quit").count("hand in; quit:") == 2


def test_handing_in_is_asked_for_once_more(kept: Records) -> None:
    said = sit(kept, "end", "no", "20", "", "y")
    assert places(said) == [1, 1, 20]
    assert "Raw score: 0 of 20, 0 % (95 % interval: 0 to 16 %)." in said


def test_quitting_keeps_everything_and_the_clock_goes_on(kept: Records) -> None:
    first = form()[0]
    assert "Kept." in sit(kept, keys(first), "quit")

    def later(desk: Desk) -> str:
        desk.now += 15 * MINUTE
        return "next"

    said = go_on(kept, later, "quit")
    assert "1 answered, 40 min left" in said and "25 min left" in said
    assert places(said)[0] == 2, "it goes on at the first open question"


def test_the_end_of_input_is_no_end_of_the_exam(kept: Records) -> None:
    sit(kept, keys(form()[0]))
    assert "1 answered" in go_on(kept, "quit")


def test_an_answer_that_comes_too_late_does_not_count(kept: Records) -> None:
    def late(desk: Desk) -> str:
        desk.now += 41 * MINUTE
        return keys(form()[1])

    said = sit(kept, keys(form()[0]), late)
    assert "Time is up." in said and "Raw score: 1 of 20" in said


def test_who_comes_back_after_the_end_sees_the_result(kept: Records) -> None:
    sit(kept, keys(form()[0]), "quit")
    desk = Desk()
    desk.now += 3600
    terminals.take(desk.terminal(), kept, BANK, None)
    assert desk.said.lstrip().startswith("Time is up.") and "Raw score: 1 of 20" in desk.said


@pytest.mark.parametrize("how", [{"length": "full"}, {"seed": "bob"}])
def test_another_form_waits_until_the_first_is_handed_in(
    kept: Records, how: dict[str, str]
) -> None:
    sit(kept, "quit")
    with pytest.raises(UserError, match="a short form is in progress; .* `course exam --new`"):
        go_on(kept, **how)
    assert "Mock exam" in go_on(kept, "quit", **how, new=True)


def test_the_same_form_by_name_goes_on(kept: Records) -> None:
    sit(kept, keys(form()[0]), "quit")
    assert "1 answered" in sit(kept, "quit", seed=" Ada")


def test_too_small_a_bank_is_said_in_a_line(kept: Records) -> None:
    with pytest.raises(UserError, match="30 questions are too few"):
        sit(kept, bank=sample_bank.bank(30), length="full")


def test_without_keys_the_answers_are_printed_for_the_lesson(kept: Records) -> None:
    said = sit(kept, keys(form()[0]), "end", "yes", bank=sample_bank.bank(keys=False))
    assert "For lesson 11, with student = 'ada'" in said and "Raw score" not in said
    assert f'"{form()[0].id}": "{keys(form()[0])}",' in said
    assert "Nothing is marked: no keys here" in said


def test_a_form_of_ones_own_is_not_for_the_lesson(kept: Records) -> None:
    assert "For lesson 11" not in sit(kept, "end", "yes", seed=None)


def test_a_notebook_asks_the_same_and_marks_nothing(
    kept: Records, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(items, "packaged", lambda: BANK.questions)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{keys(form()[0])}\n"))
    terminals.sit("Ada")
    monkeypatch.setattr("sys.stdin", io.StringIO("end\nyes\n"))
    terminals.sit("Ada")
    said = capsys.readouterr().out
    assert f'"{form()[0].id}": "{keys(form()[0])}",' in said and "Nothing is marked" in said
    sit(kept, "quit")
    terminals.sit("Bob")
    assert "a short form is in progress" in capsys.readouterr().out


# --- afterwards ---


def test_the_review_explains_every_question(kept: Records) -> None:
    sit(kept, keys(form()[0]), "end", "yes")
    desk = Desk("", "", "quit")
    terminals.explain(desk.terminal(), kept, BANK)
    one, two = form()[:2]
    assert f"1. {one.id}: you chose {keys(one)}; right." in desk.said
    assert f"2. {two.id}: not answered; the answer is {keys(two)}." in desk.said
    for letter, own in two.shown.items():
        assert f"why {own.lower()} {two.id}" in desk.said
        sense = "Wrong" if letter in keys(two) else "Right"
        assert f"{sense}: When {own.lower()} holds." in desk.said
    assert "4. " not in desk.said


def test_there_is_nothing_to_explain_before_the_first_exam(kept: Records) -> None:
    with pytest.raises(UserError, match="no exam is finished yet"):
        terminals.explain(Desk().terminal(), kept, BANK)


def test_missed_questions_are_asked_again_until_they_are_not_due(kept: Records) -> None:
    asked = form()
    sit(kept, "3", *map(keys, asked[2:]), "end", "yes")
    first, second = sorted(each.id for each in asked[:2])
    right = BANK.reasons[first].keys

    def answer(desk: Desk) -> str:
        state = kept.cards()[first][1]
        return exam.shuffled(next(q for q in BANK.questions if q.id == first), state).letters(right)

    desk = Desk("what", answer, "")
    terminals.review(desk.terminal(), kept, BANK)
    assert "2 of 2 cards are due; --exam-date sets the day of your exam." in desk.said
    assert "'what' is no answer" in desk.said
    assert f"{first}: you chose" in desk.said and "; right." in desk.said
    assert f"{second}: not answered; the answer is" in desk.said
    assert desk.said.count("It comes again on") == 2
    after = Desk()
    terminals.review(after.terminal(), kept, BANK)
    assert "0 of 2 cards are due" in after.said


def test_a_review_is_left_at_any_question(kept: Records) -> None:
    sit(kept, "end", "yes")
    schedule.set_exam(kept, date(2027, 3, 1), NOON)
    desk = Desk("quit")
    terminals.review(desk.terminal(), kept, BANK)
    assert "20 of 20 cards are due; the exam is on 1 March 2027." in desk.said
    assert len(schedule.due(kept, NOON)) == 20


def test_before_the_first_exam_there_is_nothing_to_review(kept: Records) -> None:
    desk = Desk()
    terminals.review(desk.terminal(), kept, BANK)
    assert "Nothing to review" in desk.said


def test_a_deck_of_what_was_missed_or_of_everything(kept: Records, tmp_path: Path) -> None:
    desk = Desk()
    with pytest.raises(UserError, match="nothing was missed yet; --all"):
        terminals.export(desk.terminal(), kept, BANK, tmp_path / "a.apkg", False)
    sit(kept, "3", *map(keys, form()[2:]), "end", "yes")
    terminals.export(desk.terminal(), kept, BANK, tmp_path / "a.apkg", False)
    terminals.export(desk.terminal(), kept, BANK, tmp_path / "b.apkg", True)
    assert re.findall(r"^(\d+) cards are in", desk.said, re.M) == ["2", "240"]
    with pytest.raises(UserError, match="nowhere.*No such file.*; name a file"):
        terminals.export(desk.terminal(), kept, BANK, tmp_path / "nowhere" / "a.apkg", True)


@pytest.mark.parametrize("ask", [terminals.explain, terminals.review])
def test_without_keys_nothing_is_explained(kept: Records, ask: Callable[..., None]) -> None:
    with pytest.raises(UserError, match="no keys here: .*--course-dir"):
        ask(Desk().terminal(), kept, sample_bank.bank(keys=False))


# --- the course's own questions, as a terminal shows them ---


@pytest.mark.parametrize("width", [60, 100])
def test_every_question_can_be_read_and_answered(width: int) -> None:
    bank = items.read(ROOT / "lessons" / "items")
    for question in bank.questions:
        asked = exam.shuffled(question, "ada")
        shown = exam_text.question(asked, width)
        assert question.evidence in shown, "evidence is shown as it is"
        wrapped = shown.replace(question.evidence, "")
        long = [line for line in wrapped.splitlines() if len(line) > width and " " in line.strip()]
        assert not long, f"{question.id}: {long}"
        letters = asked.letters(bank.reasons[question.id].keys)
        for typed in (letters, letters.lower(), ", ".join(letters), letters[::-1]):
            assert exam.mark(asked, typed, bank.reasons[question.id].keys).right, question.id
        marked = exam.mark(asked, "", bank.reasons[question.id].keys)
        assert exam_text.review(1, marked, bank.reasons[question.id], width)


def test_evidence_has_no_tabs_and_fits_a_wide_terminal() -> None:
    bank = items.read(ROOT / "lessons" / "items")
    wide = {
        q.id: max(map(len, q.evidence.splitlines()))
        for q in bank.questions
        if q.evidence and ("\t" in q.evidence or max(map(len, q.evidence.splitlines())) > 120)
    }
    assert not wide


# --- the command line ---


def write_bank(folder: Path) -> None:
    path = folder / "lessons" / "items"
    path.mkdir(parents=True)
    lines = []
    for q in BANK.questions:
        reasons = BANK.reasons[q.id]
        lines.append(
            f'[[item]]\nid = "{q.id}"\nsection = "4.1"\nskills = {list(q.skills)}\nfacts = []\n'
            f'stem = "{q.stem}"\nevidence = """\n{q.evidence}\n"""\nkeys = {list(reasons.keys)}\n'
            f'exam = "{reasons.exam}"\nsource = "{reasons.source}"\n'
        )
        for name, texts in (("options", q.options), ("why", reasons.why), ("when", reasons.when)):
            lines.append(f"[item.{name}]\n" + "".join(f'{k} = "{v}"\n' for k, v in texts.items()))
    (path / "all.toml").write_text("\n".join(lines), encoding="utf-8")


def test_a_bank_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_bank(tmp_path)
    assert items.find(tmp_path) == BANK


def test_a_folder_without_a_bank_has_the_packages_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(items, "packaged", lambda: BANK.questions)
    found = items.find(tmp_path)
    assert found.questions == BANK.questions and not found.has_keys


def test_a_file_that_is_no_bank_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "lessons" / "items"
    folder.mkdir(parents=True)
    (folder / "a.toml").write_text("[item", encoding="utf-8")
    with pytest.raises(UserError, match="a.toml is no file of items"):
        items.find(tmp_path)


def test_the_commands_from_end_to_end(
    kept: Records,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_bank(tmp_path)
    where = ["--course-dir", str(tmp_path)]

    def course(*arguments: str, typed: tuple[str, ...] = ()) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(typed)))
        assert cli.main([*arguments, *where]) == 0
        return capsys.readouterr().out

    assert "short form 'ada'" in course("exam", "--form", "short", "--seed", "ada")
    assert "Raw score: 0 of 20" in course("exam", typed=("end", "yes"))
    assert "15 min left" in course("exam", "--form", "short", "--minutes", "15")
    assert "domain form 'self-3': 40 questions" in course("exam", "--new", "--form", "domain")
    assert "the answer is" in course("exam", "--review")
    far = date.fromtimestamp(time.time() + 100 * 86_400).isoformat()
    assert "20 of 20 cards are due; the exam is on" in course("review", "--exam-date", far)
    deck = tmp_path / "missed.apkg"
    assert "20 cards are in" in course("review", "--anki", str(deck))
    assert deck.exists() and sitting.wall_clock() > NOON


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["exam", "--form", "long"], "invalid choice: 'long'"),
        (["exam", "--minutes", "0"], "'0' is no number of minutes"),
        (["review", "--exam-date", "soon"], "'soon' is no date such as 2027-02-15"),
        (["review", "--exam-date", "2001-01-01"], "2001-01-01 is not in the future"),
        (["review", "--all"], "--all goes with --anki"),
    ],
)
def test_wrong_usage_is_a_line(
    kept: Records, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1
