"""What every test shares: a collector that leaves alone what stays, and news of a slow run."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Generator

import pytest

NEWS = 300  # seconds between two lines of a long run
TESTS_A_LOOK = 25
TESTS = pytest.StashKey[int]()
LONG = 60  # seconds after which a test is named in them


def pytest_collection_finish(session: pytest.Session) -> None:
    """Libraries and collected tests are millions of objects, and stay to the end: looking through
    them again and again was a fifth of the time of the tests that open many accounts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """So patient a collector would let closed accounts pile up, gigabytes of them."""
    done = yield
    item.session.stash[TESTS] = number = item.session.stash.get(TESTS, 0) + 1
    if number % TESTS_A_LOOK == 0:
        gc.collect()
        gc.freeze()
    return done


@pytest.hookimpl(trylast=True)  # the terminal's reporter is there by then
def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # in the process that prints
        config.pluginmanager.register(Running(config))


class Running:
    """Every NEWS seconds a line: how much is done, and which tests have been running for LONG.

    A run that somebody else's time limit ends says nothing of where it was; this does.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.terminal = config.pluginmanager.getplugin("terminalreporter")
        self.begun, self.done = time.monotonic(), 0
        self.since: dict[str, float] = {}
        self.over = threading.Event()
        threading.Thread(target=self._report, daemon=True).start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.since[nodeid] = time.monotonic()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.since.pop(nodeid, None)
        self.done += 1

    def pytest_unconfigure(self) -> None:
        self.over.set()

    def _report(self) -> None:
        while not self.over.wait(NEWS):
            now = time.monotonic()
            slow = [
                f"{name} ({now - at:.0f} s)"
                for name, at in dict(self.since).items()
                if now - at > LONG
            ]
            told = f"after {now - self.begun:.0f} s: {self.done} done; long:"
            self.terminal.write_line(f"{told} {', '.join(slow) or 'none'}")
