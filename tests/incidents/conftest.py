from __future__ import annotations

import pytest

from course.incidents import checkout
from course.telemetry.world import World


@pytest.fixture(scope="session")
def public() -> World:
    """The public world, freshly made."""
    return checkout.world()


@pytest.fixture(scope="session")
def other() -> World:
    """A world of another seed, shorter."""
    return checkout.world("another", hours=2)
