"""What `course progress` counts: each lesson's exercises with their points and skills, as JSON.

python -m tools.skills            writes course/study/skills.json from lessons/
python -m tools.skills --check    fails when it is not up to date
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from course.study import overview
from tools import coverage
from tools.coverage import Coverage

ROOT = Path(__file__).resolve().parent.parent


def text(found: Coverage) -> str:
    """One lesson a line."""
    lines = [json.dumps(_lesson(found, each), ensure_ascii=False) for each in found.lessons]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def _lesson(found: Coverage, lesson: coverage.Lesson) -> dict[str, object]:
    exercises = [
        {"name": each.name, "points": each.points, "skills": list(each.skills)}
        for each in found.exercises
        if each.lesson == lesson.number
    ]
    return {"lesson": lesson.folder, "title": lesson.title, "exercises": exercises}


def main(arguments: list[str]) -> int:
    made = text(coverage.read(ROOT))
    if "--check" not in arguments:
        overview.PACKAGED.write_text(made, encoding="utf-8")
        return 0
    if overview.PACKAGED.exists() and overview.PACKAGED.read_text(encoding="utf-8") == made:
        return 0
    print(
        f"{overview.PACKAGED.relative_to(ROOT)} is not up to date: run make build", file=sys.stderr
    )
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
