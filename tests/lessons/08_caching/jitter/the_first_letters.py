# misconception: the letters of keys are spread evenly.
# expect: How far do yours spread
import random


def ttl_for(key: str, seconds: int) -> int:
    """How many seconds (a whole number, at least 1) an entry shall live.

    key: the entry's. seconds: what was agreed, 1 or more. The result is within 20 per cent of it (to
    the second), and near it on average. Of many keys that are written in one minute, few
    expire in the same minute: in no twelfth of `seconds` are there more than 4.5 times as many
    loads as on average, neither in the first round nor in a later one.

    >>> ttl_for("product:7", 3600), ttl_for("product:8", 3600)
    (3217, 3844)
    """
    spread = sum(map(ord, key)) % 100 / 250
    return max(1, round(seconds * (0.8 + spread)))
