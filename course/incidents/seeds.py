"""Seeds: where all randomness of generated data comes from.

Python's own `hash()` differs between processes and numpy has a global state, so neither is used: a
seed becomes a `random.Random` through sha256. Equal seeds therefore give equal bytes anywhere.
"""

from __future__ import annotations

import hashlib
import os
from random import Random

PUBLIC = "public"
_DEFAULT_SECRET = "course-self-study"


def hidden_seed(name: str) -> int:
    """The seed that the hidden test called `name` draws its data from.

    It depends on the environment variable COURSE_SEED, which an instructor sets in secret when
    grading; without it (self-study) a published default is used. Returns an integer below 2**63.
    """
    secret = os.environ.get("COURSE_SEED") or _DEFAULT_SECRET
    digest = hashlib.sha256(f"{secret}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def stream(seed: int | str, label: str) -> Random:
    """An independent source of randomness: what one label draws leaves the others alone."""
    digest = hashlib.sha256(f"{seed}/{label}".encode()).digest()
    return Random(int.from_bytes(digest, "big"))


def uuid(rng: Random) -> str:
    """A version 4 UUID drawn from `rng` (the uuid module would ask the operating system)."""
    text = f"{rng.getrandbits(128):032x}"
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def hexadecimal(rng: Random, digits: int) -> str:
    """`digits` lower-case hexadecimal digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"
