"""environment.yml says what requirements.lock says."""

from __future__ import annotations

import re

from tools import environment

LOCK = (environment.ROOT / "requirements.lock").read_text(encoding="utf-8")


def test_the_committed_file_is_made_from_the_lock() -> None:
    committed = (environment.ROOT / "environment.yml").read_text(encoding="utf-8")
    assert committed == environment.text(LOCK)


def test_every_pin_of_the_lock_is_in_it() -> None:
    names = re.findall(r"^([A-Za-z0-9][^\s=]*)==", LOCK, re.M)
    assert len(names) > 100
    assert [pin.split("==")[0] for pin in environment.pins(LOCK)] == names


def test_the_lock_has_hashes_and_no_index_address() -> None:
    assert "--hash=sha256:" in LOCK
    # An address, or an option in a line of its own, such as the one that names an index.
    assert not re.search(r"://|^\s*-(?!-hash=)", LOCK, re.M)
