"""What every test shares: a garbage collector that leaves alone what is there for good."""

from __future__ import annotations

import gc

import pytest


def pytest_collection_finish(session: pytest.Session) -> None:
    """Libraries and collected tests are millions of objects, and stay to the end: looking through
    them again and again was a fifth of the time of the tests that open many accounts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
