"""When a composite alarm with a suppressor carries out its actions.

Follows the CloudWatch User Guide, "Suppressing composite alarm actions": no actions while the
suppressor is in ALARM; a change of state waits for the suppressor up to the wait period; after the
suppressor has left ALARM, the composite waits for its own state up to the extension period. At the
end of a period it acts for the state that it is in then.

The guide does not say what happens when that state is the one it acted for last: here, nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

BY_ALARM, BY_WAIT, BY_EXTENSION = "Alarm", "WaitPeriod", "ExtensionPeriod"


@dataclass
class Suppression:
    """A composite alarm's suppression. wait, extension: milliseconds.

    acted: the state that its actions were last carried out for (or that it began in). by: what
    suppresses its actions now, or None. until: epoch ms at which that ends, None while the
    suppressor is in ALARM.
    """

    wait: int
    extension: int
    acted: str
    by: str | None = None
    until: int | None = None

    def step(self, now: int, state: str, silenced: bool) -> bool:
        """Look at the alarm at `now`: True when the actions of its `state` are due.

        silenced: whether the suppressor is in ALARM. Call it at every change of either alarm, and
        at `until`.
        """
        if silenced:
            self.by, self.until = BY_ALARM, None
            return False
        if self.by == BY_ALARM:
            self.by, self.until = BY_EXTENSION, now + self.extension
        elif self.by is None and state != self.acted:
            self.by, self.until = BY_WAIT, now + self.wait
        if self.until is None or now < self.until:
            return False
        self.by = self.until = None
        due, self.acted = state != self.acted, state
        return due
