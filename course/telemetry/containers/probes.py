"""What a container's health check sees.

"Determine Amazon ECS task health using container health checks" of the developer guide: the command
runs in the container, and exit code 0 is healthy. Here nothing runs a shell: the URL in the command
tells which path is asked for, and the program that asks tells what an answer means. curl without -f
is content with any status; a command without a URL passes as soon as the program is ready.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Answers = Callable[[str], int | None]
_HOST = r"(?:https?://[^/\s'\"|;)]+|\b(?:localhost|127\.0\.0\.1)(?::\d+)?)"  # curl adds the http://
_URL = re.compile(_HOST + r"(/[^\s'\"|;)]*)?")
_FAILS = re.compile(r"\s-\w*f\w*\b|--fail\b")
_ALWAYS = re.compile(r"\s*(exit\s+[1-9]\d*|false)\s*")
_NEVER = re.compile(r"\s*(exit\s+0|true)\s*")


def passes(command: Sequence[str], is_ready: bool, answers: Answers) -> bool:
    """Whether a health check's command succeeds. answers: the status of a path, None for none."""
    text = " ".join(command[1:])
    if _ALWAYS.fullmatch(text):
        return False
    if _NEVER.fullmatch(text):
        return True
    url = _URL.search(text)
    if url is None:
        return is_ready
    status = answers(url.group(1) or "/")
    if status is None:
        return False
    return status < 400 or ("curl" in text and not _FAILS.search(text))


def is_expected(status: int | None, matcher: str) -> bool:
    """Whether a status matches a target group's HttpCode: "200", "200,202" or "200-299"."""
    if status is None:
        return False
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False
