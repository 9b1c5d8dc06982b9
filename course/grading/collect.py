"""`nbgrader collect` without its trust in what lies in the exchange.

Whoever hands in can put anything into the exchange's inbound folder. nbgrader 0.9.6 copies what a
link leads to, with the instructor's rights (the gradebook, another's work), takes a newer folder in
a student's name from anybody (with a warning), and stops at a name without a time. Here such a
folder is refused with a line, the student's newest good one is taken, and the others are collected.

A folder is copied through opened files, each looked at after it was opened, into a private place;
only that is given to nbgrader. So nothing can be exchanged for a link meanwhile.

`c.ExchangeCollect.check_owner = False` (all students are one account of the machine) leaves the
owner out. Not covered: the time in a folder's name is the student's word; that it agrees with
timestamp.txt is all that can be seen.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import parse_utc

from course.grading.intake import Refused

STAMP = "timestamp.txt"
STAMP_LENGTH = 200
# Deeper than any lesson; a folder within a folder costs a second, without end.
DEEPEST = 20
MOST_FILES = 2000


class CheckedCollect(ExchangeCollect):  # type: ignore[misc]
    """For `c.ExchangeFactory.collect`; has ExchangeCollect's settings."""

    src_records: list[Any]

    def _path_to_record(self, path: str) -> Any:
        try:
            return super()._path_to_record(path)
        except (ValueError, OverflowError):
            # No time in its name: it belongs to nobody, and must not stop the others.
            name = os.path.basename(path)
            problem = "no time of handing in stands in its name"
            no_time = datetime.min
            return {"username": name, "filename": name, "timestamp": no_time, "problem": problem}

    def _sort_by_timestamp(self, records: Any) -> Any:
        """Newest first, without those that are refused; one of them when there is no other."""
        good = [record for record in records if self._is_good(record)]
        return super()._sort_by_timestamp(good or [{**records[0], "problem": "refused"}])

    def _is_good(self, record: Any) -> bool:
        try:
            if "problem" in record:
                raise Refused(record["problem"])
            with self._inbound(record) as folder:
                folder.check()
                _check_stamp(folder, record["timestamp"])
        except (Refused, OSError) as why:
            return self._refuse(record, why)
        return True

    def _refuse(self, record: Any, why: Exception) -> bool:
        # Names are a student's: as Python would write them, they move no cursor.
        self.log.error("not collected: %r: %s", record["filename"], why)
        return False

    @contextmanager
    def _inbound(self, record: Any) -> Iterator[Folder]:
        student = record["username"]
        room = 1000 * self.coursedir.max_dir_size
        owner = _account(student) if self.check_owner else None
        with opened(Path(self.inbound_path) / record["filename"], owner, room) as folder:
            yield folder

    def copy_files(self) -> None:
        with tempfile.TemporaryDirectory() as private:
            chosen = [record for record in self.src_records if "problem" not in record]
            self.src_records = [one for one in chosen if self._staged(one, Path(private))]
            # What nbgrader copies now is ours; its owners were asked before.
            self.inbound_path, self.check_owner = private, False
            super().copy_files()

    def _staged(self, record: Any, private: Path) -> bool:
        target = private / record["filename"]
        try:
            with self._inbound(record) as folder:
                folder.copy(target)
        except (Refused, OSError) as why:
            # It was good a moment ago; what is already there must not end up in submitted/.
            shutil.rmtree(target, ignore_errors=True)
            return self._refuse(record, why)
        return True


def _account(student: str) -> int:
    try:
        return pwd.getpwnam(student).pw_uid
    except KeyError:
        raise Refused(f"there is no account {student!r} on this machine") from None


def _check_stamp(folder: Folder, named: datetime) -> None:
    text = folder.read(STAMP, STAMP_LENGTH)
    if text is None:
        raise Refused(f"it has no {STAMP}: when was it handed in?")
    try:
        written = parse_utc(text.decode().strip())
    except (ValueError, OverflowError):
        raise Refused(f"{STAMP} holds no time") from None
    if written != named:
        raise Refused(f"{STAMP} says {written}, the folder's name {named} (UTC)")


@contextmanager
def opened(path: Path, owner: int | None, room: int) -> Iterator[Folder]:
    """The folder at a path that is no link.

    owner: user id that everything in it must have; None for any. room: bytes that it may hold.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        if path.is_symlink() or not path.is_dir():
            raise Refused("is a link or a file, not a folder") from None
        raise Refused(f"cannot be opened ({error.strerror})") from None
    try:
        folder = Folder(handle, owner, room)
        folder.check_owner(os.fstat(handle), "it")
        yield folder
    finally:
        os.close(handle)


class Folder:
    """An opened folder of which nobody knows what was put into it."""

    def __init__(self, handle: int, owner: int | None, room: int) -> None:
        self.handle, self.owner, self.room = handle, owner, room

    def check_owner(self, state: os.stat_result, shown: str) -> None:
        if self.owner is not None and state.st_uid != self.owner:
            raise Refused(f"{shown} belongs to {_name(state.st_uid)}, not to the student")

    def check(self) -> None:
        """Refused unless it holds nothing but the student's own files and folders."""
        for _ in self._entries():
            pass

    def read(self, name: str, length: int) -> bytes | None:
        """The beginning of a file in it; None when there is none of that name."""
        try:
            with _opened(name, self.handle, name) as (handle, _):
                return os.read(handle, length)
        except FileNotFoundError:
            return None

    def copy(self, target: Path) -> None:
        """A copy in a new folder; what was copied when it was Refused stays there."""
        target.mkdir()
        for path, handle, state in self._entries():
            if stat.S_ISDIR(state.st_mode):
                (target / path).mkdir()
            else:
                with open(handle, "rb", closefd=False) as file:
                    # No more than was counted, however much is being added meanwhile.
                    (target / path).write_bytes(file.read(state.st_size))

    def _entries(self) -> Iterator[tuple[str, int, os.stat_result]]:
        """Everything in it, opened, a folder before what it holds."""
        count = size = 0
        for top, folders, files, where in os.fwalk(".", dir_fd=self.handle):
            for name in [*folders, *files]:
                path = os.path.normpath(os.path.join(top, name))
                with _opened(name, where, path) as (handle, state):
                    self.check_owner(state, repr(path))
                    count, size = count + 1, size + state.st_size
                    self._check_size(count, size, path)
                    yield path, handle, state

    def _check_size(self, count: int, size: int, path: str) -> None:
        if size > self.room:
            raise Refused(f"it is larger than {self.room // 1_000_000} MB")
        if count > MOST_FILES or path.count(os.sep) >= DEEPEST:
            raise Refused(f"it has over {MOST_FILES} files, or {DEEPEST} folders in each other")


@contextmanager
def _opened(name: str, folder: int, shown: str) -> Iterator[tuple[int, os.stat_result]]:
    """A file or folder, and what it is; Refused for anything else, FileNotFoundError for none."""
    try:
        # Without O_NONBLOCK a pipe would keep its reader waiting.
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        state = os.stat(name, dir_fd=folder, follow_symlinks=False)
        raise Refused(
            f"{shown!r} {_oddity(state) or f'cannot be read ({error.strerror})'}"
        ) from None
    try:
        state = os.fstat(handle)
        if odd := _oddity(state):
            raise Refused(f"{shown!r} {odd}")
        yield handle, state
    finally:
        os.close(handle)


def _oddity(state: os.stat_result) -> str | None:
    if stat.S_ISLNK(state.st_mode):
        return "is a link"
    plain = stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)
    return None if plain else "is neither a file nor a folder"


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
