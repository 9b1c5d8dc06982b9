"""Points off for late work, by a policy in nbgrader_config.py.

nbgrader knows when a lesson was due (`nbgrader db assignment add LESSON --duedate ...`, or
Formgrader) and when a submission came (its timestamp.txt, written by the exchange; what has none is
never late), asks a plugin for the points and takes them off the score. This is that plugin:

    c.LatePolicy.policy = "daily"

- "none": late work costs nothing
- "cut": it gets nothing
- "daily": every day begun costs `percent_a_day` of the points that were earned, until
  `floor_percent` of them are left

`grace_days`, and a student's extension_days in students.csv, come off the lateness first.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from nbgrader.plugins import BasePlugin
from traitlets import Enum, Float

from course.grading import roster

DAY = 86_400


class LatePolicy(BasePlugin):  # type: ignore[misc]
    """For `c.AssignLatePenalties.plugin_class`; nbgrader asks once for every notebook."""

    policy = Enum(("none", "cut", "daily"), default_value="none", help="What late work costs.")
    policy.tag(config=True)
    percent_a_day = Float(10, min=0, max=100, help="daily: of the earned points.").tag(config=True)
    floor_percent = Float(0, min=0, max=100, help="daily: what is left at the least.")
    floor_percent.tag(config=True)
    grace_days = Float(0, min=0, help="Days that cost nothing.").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Points to take off; None for no penalty."""
        free = self.grace_days + roster.extensions(self._course_dir()).get(student_id, 0)
        return self.penalty(score, total_seconds_late - free * DAY)

    def penalty(self, score: float, seconds: float) -> float | None:
        """The policy itself. seconds: late, when all that is free has been taken off."""
        if self.policy == "none" or seconds <= 0:
            return None
        if self.policy == "cut":
            return score
        lost = math.ceil(seconds / DAY) * self.percent_a_day
        # In this order the product is never more than the score.
        return score * (min(lost, 100 - self.floor_percent) / 100)

    def _course_dir(self) -> Path:
        # A preprocessor's parent is the exporter; the exporter's is the converter.
        converter: Any = self.parent.parent.parent
        return Path(converter.coursedir.root)
