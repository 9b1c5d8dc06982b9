"""A student's own copies of the lessons in work/: which lesson is meant, and a fresh copy of it.

The released notebook of a lesson is release/01_cloudwatch/cloudwatch.ipynb; copies of it are
work/01_cloudwatch/cloudwatch.ipynb, cloudwatch-2.ipynb and so on. None is ever overwritten.
"""

from __future__ import annotations

import difflib
import itertools
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from course.errors import UserError

RELEASE, WORK = "release", "work"
NUMBERED = re.compile(r"-\d+$")


@dataclass(frozen=True)
class Copy:
    """A student's notebook. lesson: "01_cloudwatch". notebook: its name in the release."""

    lesson: str
    notebook: str
    path: Path


def new(wanted: str, course_dir: Path) -> list[Path]:
    """Copy a lesson's notebooks from release/ into work/ under names that are free; the copies."""
    lesson = find_lesson(wanted, course_dir)
    own = course_dir / WORK / lesson
    try:
        own.mkdir(parents=True, exist_ok=True)
        return [_copied(path, own) for path in released(lesson, course_dir)]
    except OSError as error:
        raise UserError(
            f"nothing can be written to {own}: {error.strerror}; make the folder yours or free "
            "some space, then try again"
        ) from None


def _copied(release: Path, folder: Path) -> Path:
    for path in _names(folder / release.name):
        try:
            # "x": of two that copy at once, neither gets the other's file.
            with path.open("xb") as file, release.open("rb") as content:
                shutil.copyfileobj(content, file)
            return path
        except FileExistsError:
            continue
    raise AssertionError("names never end")


def _names(path: Path) -> itertools.chain[Path]:
    numbered = (path.with_name(f"{path.stem}-{n}{path.suffix}") for n in itertools.count(2))
    return itertools.chain([path], numbered)


def find_lesson(wanted: str, course_dir: Path) -> str:
    """The released lesson that "01", "1", "cloudwatch" or "01_cloudwatch" means."""
    lessons = sorted({path.parent.name for path in (course_dir / RELEASE).glob("*/*.ipynb")})
    if not lessons:
        raise UserError(f"no lessons in {course_dir / RELEASE}; name the folder with --course-dir")
    name = wanted.strip("/").casefold()
    found = [lesson for lesson in lessons if name in _short_names(lesson)]
    if len(found) != 1:
        raise UserError(f"no lesson {wanted!r}{_meant(name, lessons)}", 2)
    return found[0]


def _short_names(lesson: str) -> set[str]:
    number, _, topic = lesson.casefold().partition("_")
    return {lesson.casefold(), number, number.lstrip("0"), topic}


def _meant(name: str, lessons: list[str]) -> str:
    close = difflib.get_close_matches(name, lessons, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else f"; there are: {', '.join(lessons)}"


def released(lesson: str, course_dir: Path) -> list[Path]:
    """The lesson's notebooks as they were released."""
    return sorted((course_dir / RELEASE / lesson).glob("*.ipynb"))


def find(wanted: str, course_dir: Path) -> list[Copy]:
    """The copies that are meant, one for each notebook of a lesson: a path means that notebook;
    a lesson means its copy in work/ that was saved last."""
    if wanted.endswith(".ipynb"):
        return [_at(Path(wanted), course_dir)]
    lesson = find_lesson(wanted, course_dir)
    return [_last_saved(lesson, path.name, course_dir) for path in released(lesson, course_dir)]


def _at(path: Path, course_dir: Path) -> Copy:
    if not path.is_file():
        raise UserError(f"no notebook {path}; name a lesson, such as 01, or another path", 2)
    stem = NUMBERED.sub("", path.stem)
    lessons = (course_dir / RELEASE).glob(f"*/{stem}.ipynb")
    names = sorted(release.parent.name for release in lessons)
    inside = [name for name in names if name == path.absolute().parent.name]
    if len(inside or names) != 1:
        raise UserError(
            f"{path} is no copy of a lesson: none in {course_dir / RELEASE} is called {stem}.ipynb;"
            " give it its lesson's name again"
        )
    return Copy((inside or names)[0], f"{stem}.ipynb", path)


def _last_saved(lesson: str, notebook: str, course_dir: Path) -> Copy:
    folder, stem = course_dir / WORK / lesson, notebook.removesuffix(".ipynb")
    named = re.compile(rf"{re.escape(stem)}(-\d+)?\.ipynb")
    found = [path for path in folder.glob("*.ipynb") if named.fullmatch(path.name)]
    if not found:
        raise UserError(
            f"no {notebook} of yours in {folder}; open the lesson with `course lab`, or name your "
            "notebook's path"
        )
    return Copy(lesson, notebook, max(found, key=lambda path: path.stat().st_mtime))
