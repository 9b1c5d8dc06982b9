"""What the keys of a node weigh, how they were used, and what has happened to them."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from fakeredis._core import Database
from fakeredis.model import Hash, XStream, ZSet

from course.telemetry.caches import sizes
from course.telemetry.caches.eviction import (
    DEFAULT,
    MOST,
    Candidate,
    Use,
    looks_at_some,
    only_volatile,
    victim,
)

SAMPLES = 5
Place = tuple[int, bytes]


class Ledger:
    """The keys of all databases of a node, the least recently used first."""

    def __init__(self, seed: str) -> None:
        self.maxmemory = 0
        self.policy = DEFAULT
        self.used = 0
        self.evicted = 0
        self.expired = 0
        self._rng = Random(seed)
        self._uses: OrderedDict[Place, Use] = OrderedDict()
        self._sizes: dict[int, dict[bytes, int]] = {}
        self._shelves: dict[int, Shelf] = {}
        self._order = 0

    def shelf(self, lock: Any) -> Shelf:
        """A database of the node, whose keys are kept account of."""
        made = Shelf(lock, self)
        self._shelves[id(made)] = made
        self._sizes[id(made)] = {}
        return made

    def weigh(self, shelf: Shelf, key: bytes) -> None:
        """Note what a key takes after it was written; nothing, if it is gone."""
        item = shelf.stored(key)
        if item is None:
            self.forget(shelf, key)
            return
        size = sizes.of_key(key, _size(item.value), item.expireat is not None)
        self.used += size - self._sizes[id(shelf)].get(key, 0)
        self._sizes[id(shelf)][key] = size
        if (id(shelf), key) not in self._uses:
            self.touch(shelf, key)

    def weigh_new(self, shelf: Shelf) -> None:
        """Weigh what was written under names that no signature tells (destinations, streams)."""
        known = self._sizes[id(shelf)]
        if len(known) != shelf.number():
            for key in shelf.names():
                if key not in known:
                    self.weigh(shelf, key)

    def size(self, shelf: Shelf, key: bytes) -> int | None:
        """The bytes of a key; None for one that does not exist."""
        return self._sizes[id(shelf)].get(key)

    def touch(self, shelf: Shelf, key: bytes) -> None:
        """Note that a key is used now."""
        place, now = (id(shelf), key), shelf.time * 1000
        self._order += 1
        if place in self._uses:
            self._uses[place].touch(now, self._order, self._rng)
            self._uses.move_to_end(place)
        else:
            self._uses[place] = Use(now, self._order)

    def use(self, shelf: Shelf, key: bytes) -> Use | None:
        """When and how often a key was used."""
        return self._uses.get((id(shelf), key))

    def forget(self, shelf: Shelf, key: bytes) -> None:
        """A key is gone."""
        self.used -= self._sizes[id(shelf)].pop(key, 0)
        self._uses.pop((id(shelf), key), None)

    def make_room(self, now: float) -> bool:
        """Let keys go until the node is not too full; whether that was possible."""
        while self.maxmemory and self.used > self.maxmemory:
            gone = victim(self.policy, self._candidates(), now, self._rng)
            if gone is None:
                return False
            shelf = self._shelves[gone.place[0]]
            del shelf[gone.place[1]]
            shelf.notify_watch(gone.place[1])
            self.evicted += 1
        return True

    def _candidates(self) -> Iterator[Candidate]:
        places = self._sample() if looks_at_some(self.policy) else self._uses
        for place in places:
            item = self._shelves[place[0]].stored(place[1])
            if item is not None:
                yield Candidate(place, self._uses[place], item.expireat)

    def _sample(self) -> list[Place]:
        places = list(self._uses)
        if only_volatile(self.policy):
            places = [place for place in places if self._expires(place)]
        return places if len(places) <= MOST else self._rng.sample(places, MOST)

    def _expires(self, place: Place) -> bool:
        item = self._shelves[place[0]].stored(place[1])
        return item is not None and item.expireat is not None

    def count(self) -> tuple[int, int]:
        """How many keys there are, and how many of them have an expiry."""
        items = [item for shelf in self._shelves.values() for item in shelf.items_now()]
        return len(items), sum(item.expireat is not None for item in items)

    def sweep(self, now: float) -> None:
        """Let go what has expired by an instant (epoch s)."""
        for shelf in self._shelves.values():
            shelf.time = max(shelf.time, now)
            shelf.sweep()


class Shelf(Database):
    """A database that tells its ledger what goes."""

    def __init__(self, lock: Any, ledger: Ledger) -> None:
        super().__init__(lock)
        self._ledger = ledger

    def stored(self, key: bytes) -> Any:
        """What is kept under a key, without using it; None for nothing."""
        return self._dict.get(key)

    def number(self) -> int:
        """How many keys are kept, those included that have expired and are not yet gone."""
        return len(self._dict)

    def names(self) -> list[bytes]:
        """The keys."""
        return list(self._dict)

    def items_now(self) -> list[Any]:
        """What is kept."""
        return list(self._dict.values())

    def sweep(self) -> None:
        """Let go what has expired, as the servers do many times a second."""
        self._remove_expired()

    def _remove_expired(self) -> None:
        heap = self._expiry_heap
        while heap and heap[0][0] < self.time:
            _, key = heapq.heappop(heap)
            item = self._dict.get(key)
            if item is not None and self.expired(item):
                del self[key]
                self._ledger.expired += 1

    def __delitem__(self, key: bytes) -> None:
        super().__delitem__(key)
        self._ledger.forget(self, key)

    def clear(self) -> None:
        gone = self.names()
        super().clear()
        for key in gone:
            self._ledger.forget(self, key)


def _size(value: Any) -> int:
    """What a value takes, its collections by a sample."""
    if isinstance(value, bytes):
        return sizes.text(len(value))
    if isinstance(value, Hash):
        pairs = list(islice(value.items(), SAMPLES))
        return sizes.of_collection([len(name) + len(held) for name, held in pairs], len(value))
    if isinstance(value, ZSet):
        members = [len(member) for member in islice(value, SAMPLES)]
        return sizes.of_collection(members, len(value), sizes.SCORED)
    if isinstance(value, XStream):
        entries = [_length(fields) for _, fields in islice(value, SAMPLES)]
        return sizes.of_collection(entries, len(value))
    return sizes.of_collection([len(member) for member in islice(value, SAMPLES)], len(value))


def _length(fields: Any) -> int:
    return sum(len(field) for field in fields)
