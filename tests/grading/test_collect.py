"""`nbgrader collect` on an exchange into which students put what they like."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets.config import Config, PyFileConfigLoader

from course.grading import collect
from tests.grading import books, tiny
from tests.grading.tiny import LESSON, NOTEBOOK

ME = pwd.getpwuid(os.getuid()).pw_name
OTHER = "nobody" if ME != "nobody" else "daemon"
EARLY, LATE = "2027-02-15 10:00:00.000000 UTC", "2027-02-16 10:00:00.000000 UTC"


class Exchange:
    """A course, its exchange, and what students put into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tiny.make_course(folder, [])
        self.inbound = folder / "exchange" / books.COURSE / "inbound"
        self.inbound.mkdir(parents=True)
        (folder / "exchange").chmod(0o777)
        with books.gradebook(folder) as gradebook:
            gradebook.add_assignment(LESSON, duedate="2027-02-15 20:00 UTC")

    def hand_in(self, student: str = ME, time: str = EARLY, text: str = "work") -> Path:
        made = self.inbound / f"{student}+{LESSON}+{time}+x1"
        tiny.write(tiny.released(), made / NOTEBOOK)
        (made / "notes.txt").write_text(text)
        (made / "timestamp.txt").write_text(time)
        return made

    def collect(self, **settings: object) -> list[str]:
        """Run it; the lines of what was not collected."""
        loader = PyFileConfigLoader("nbgrader_config.py", path=str(self.folder))
        config: Config = loader.load_config()
        config.CourseDirectory.root = str(self.folder)
        config.Exchange.root = str(self.folder / "exchange")
        config.ExchangeCollect.merge(settings)
        api = NbGraderAPI(CourseDirectory(config=config), config=config)
        api.coursedir.assignment_id = LESSON
        made = api.exchange.Collect(
            coursedir=api.coursedir, authenticator=api.authenticator, parent=api
        )
        assert isinstance(made, collect.CheckedCollect)
        said = capture_log(made)
        assert said["success"], said
        lines = str(said["log"]).splitlines()
        start = "[ERROR] not collected: "
        return [line.removeprefix(start) for line in lines if line.startswith(start)]

    def notes(self, student: str = ME) -> str:
        return (self.folder / "submitted" / student / LESSON / "notes.txt").read_text()

    def collected(self) -> list[str]:
        made = self.folder / "submitted"
        return sorted(path.name for path in made.iterdir()) if made.exists() else []


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path)


def test_honest_work_is_collected_as_nbgrader_does(exchange: Exchange) -> None:
    made = exchange.hand_in()
    (made / "data").mkdir()
    (made / "data" / "orders.csv").write_text("id\n1\n")
    assert exchange.collect() == []
    got = exchange.folder / "submitted" / ME / LESSON
    files = sorted(path.relative_to(got).as_posix() for path in got.rglob("*"))
    assert files == ["data", "data/orders.csv", "notes.txt", "timestamp.txt", NOTEBOOK]
    assert (got / NOTEBOOK).read_bytes() == (made / NOTEBOOK).read_bytes()
    assert CourseDirectory().get_existing_timestamp(str(got)) is not None
    assert made.exists()


def test_the_newest_is_taken_and_an_update_only_when_asked(exchange: Exchange) -> None:
    exchange.hand_in(text="first")
    exchange.collect()
    exchange.hand_in(time=LATE, text="second")
    exchange.collect()
    assert exchange.notes() == "first"
    exchange.collect(update=True)
    assert exchange.notes() == "second"
    exchange.collect(before_duedate=True)
    assert exchange.notes() == "first"


def file_link(made: Path) -> str:
    (made / "notes.txt").unlink()
    (made / "notes.txt").symlink_to(made.parents[3] / "gradebook.db")
    return "'notes.txt' is a link"


def folder_link(made: Path) -> str:
    (made / "z").symlink_to(made.parents[3] / "source")
    return "'z' is a link"


def deep_link(made: Path) -> str:
    (made / "a" / "b").mkdir(parents=True)
    (made / "a" / "b" / "c").symlink_to("/nowhere")
    return "'a/b/c' is a link"


def stamp_link(made: Path) -> str:
    text = (made / "timestamp.txt").rename(made / "t.txt")
    (made / "timestamp.txt").symlink_to(text)
    return "'timestamp.txt' is a link"


def pipe(made: Path) -> str:
    os.mkfifo(made / "data.csv")
    return "'data.csv' is neither a file nor a folder"


def listener(made: Path) -> str:
    here = Path.cwd()
    os.chdir(made)  # a socket's path must be short
    try:
        socket.socket(socket.AF_UNIX).bind("s")
    finally:
        os.chdir(here)
    return "'s' is neither a file nor a folder"


def deep(made: Path) -> str:
    made.joinpath(*"abcdefghijklmnopqrstuvwxyz").mkdir(parents=True)
    return "it has over 2000 files, or 20 folders in each other"


def large(made: Path) -> str:
    os.truncate(made / "notes.txt", 200_000_000)  # sparse: takes no room
    return "it is larger than 100 MB"


def no_stamp(made: Path) -> str:
    (made / "timestamp.txt").unlink()
    return "it has no timestamp.txt: when was it handed in?"


def other_stamp(made: Path) -> str:
    (made / "timestamp.txt").write_text("2027-02-14 10:00:00.000000 UTC")
    named, written = "2027-02-16 10:00:00", "2027-02-14 10:00:00"
    return f"timestamp.txt says {written}, the folder's name {named} (UTC)"


def no_time_in_stamp(made: Path) -> str:
    (made / "timestamp.txt").write_text("")
    return "timestamp.txt holds no time"


def link_itself(made: Path) -> str:
    shutil.rmtree(made)
    made.symlink_to(made.parents[3] / "source" / LESSON)
    return "is a link or a file, not a folder"


def a_file(made: Path) -> str:
    shutil.rmtree(made)
    made.write_text("")
    return "is a link or a file, not a folder"


ODDITIES = [
    *(file_link, folder_link, deep_link, stamp_link, pipe, listener, deep, large, no_stamp),
    *(other_stamp, no_time_in_stamp, link_itself, a_file),
]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("plant", ODDITIES)
def test_a_planted_folder_is_refused_and_the_one_before_collected(
    exchange: Exchange, plant: Callable[[Path], str]
) -> None:
    exchange.hand_in(text="honest")
    planted = exchange.hand_in(time=LATE)
    why = plant(planted)
    assert exchange.collect() == [f"{planted.name!r}: {why}"]
    assert exchange.notes() == "honest"


@pytest.mark.parametrize("student", [OTHER, "no-such-account", f"x+{ME}"])
def test_nobody_hands_in_for_another(exchange: Exchange, student: str) -> None:
    """Every folder here is mine, whatever name it has."""
    exchange.hand_in()
    planted = exchange.hand_in(student, LATE, "planted")
    foreign = f"it belongs to {ME}, not to the student"
    unknown = f"there is no account {student!r} on this machine"
    why = foreign if student == OTHER else unknown
    assert exchange.collect() == [f"{planted.name!r}: {why}"]
    assert exchange.collected() == [ME]


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to give a file to somebody else")
def test_a_file_of_somebody_else_is_refused(exchange: Exchange) -> None:
    made = exchange.hand_in()
    os.chown(made / "notes.txt", pwd.getpwnam(OTHER).pw_uid, -1)
    why = f"'notes.txt' belongs to {OTHER}, not to the student"
    assert exchange.collect() == [f"{made.name!r}: {why}"]
    os.chown(made / "notes.txt", 54_321, -1)
    why = "'notes.txt' belongs to user 54321, not to the student"
    assert exchange.collect() == [f"{made.name!r}: {why}"]


def test_one_account_for_all_students_leaves_the_owner_out(exchange: Exchange) -> None:
    exchange.hand_in("ann")
    file_link(exchange.hand_in("bo"))
    assert len(exchange.collect(check_owner=False)) == 1
    assert exchange.collected() == ["ann"]


def test_a_name_without_a_time_stops_nobody(exchange: Exchange) -> None:
    exchange.hand_in()
    planted = exchange.hand_in("eve", "soon")
    why = "no time of handing in stands in its name"
    assert exchange.collect() == [f"{planted.name!r}: {why}"]
    assert exchange.collected() == [ME]


def test_a_link_put_in_after_the_look_is_not_followed(exchange: Exchange, tmp_path: Path) -> None:
    made = exchange.hand_in()
    with collect.opened(made, os.getuid(), 10**6) as folder:
        folder.check()
        file_link(made)
        with pytest.raises(collect.Refused, match="is a link"):
            folder.copy(tmp_path / "copy")


def test_no_file_stays_open(exchange: Exchange) -> None:
    for planted in (file_link, pipe, deep):
        planted(exchange.hand_in(time=LATE))
        before = len(os.listdir("/proc/self/fd"))
        exchange.collect()
        assert len(os.listdir("/proc/self/fd")) <= before + 1  # the gradebook's
        shutil.rmtree(exchange.inbound)
        exchange.inbound.mkdir()
