"""What the grader asks a warm process for; sent as JSON, with open files beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from course.grading.sandbox.limits import Limits

# A kernel's sockets, in the order in which they are handed over; port n is the nth.
CHANNELS = ("shell", "iopub", "stdin", "hb", "control")
# The sockets, a tar of the notebook's other files, the guard's socket, the link to the other kernel
# of the notebook, the lifeline.
OPEN_FILES = len(CHANNELS) + 4
LARGEST = 1 << 16


@dataclass(frozen=True)
class Order:
    """One kernel: how to reach it, its whole environment, its limits."""

    connection: Mapping[str, Any]
    environment: Mapping[str, str]
    limits: Limits

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, message: bytes) -> Order:
        read = json.loads(message)
        return cls(read["connection"], read["environment"], Limits(**read["limits"]))
