"""What is in a queue: who is visible, who is in flight or delayed, and who comes next.

Pure state: every method is told the time. Follows the SQS Developer Guide, "Amazon SQS visibility
timeout", "Amazon SQS delay queues", "Amazon SQS standard queues", "Amazon SQS fair queues" and
"FIFO queue delivery logic".

A standard queue gives its messages roughly in the order of their arrival: one in twenty is drawn,
with the queue's own seed, to be overtaken by up to three later ones, and a message that was
received three times goes to the back. Left out: messages that a standard queue delivers twice by
itself, and short polls that do not see all servers and so miss some.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from random import Random

from course.account.queues.message import DELAYED, IN_FLIGHT, VISIBLE, Message

OVERTAKEN, MOST_PLACES = 0.05, 3
# A message received so often without being deleted goes behind the others.
POISON = 3
# From when on a tenant of a fair queue counts as noisy: messages in flight, and its share of them.
NOISY_MESSAGES, NOISY_SHARE = 30, 0.1
# Whether a message is received: then it has been hidden, else it has been taken out.
Accept = Callable[[Message], bool]


class Holding(ABC):
    """The messages of one queue. `messages`: in the order of their arrival, by number."""

    def __init__(self) -> None:
        self.messages: dict[int, Message] = {}
        self.counts: Counter[str] = Counter()
        self._numbers = count(1)
        self._hidden: list[tuple[int, int]] = []
        self._ages: list[tuple[int, int]] = []

    def add(self, message: Message) -> None:
        """Put a message in; it can be received from its `visible_at` on."""
        message.number = next(self._numbers)
        message.state = DELAYED
        message.receipts = 0
        message.place = self._first_place(message)
        self.messages[message.number] = message
        self.counts[DELAYED] += 1
        heappush(self._ages, (message.sent, message.number))
        heappush(self._hidden, (message.visible_at, message.number))
        self._entered(message)

    def remove(self, message: Message) -> None:
        """Take a message out."""
        del self.messages[message.number]
        self.counts[message.state] -= 1
        self._left(message)

    def clear(self) -> None:
        """Take everything out."""
        for message in list(self.messages.values()):
            self.remove(message)

    def settle(self, now: int, retention: int) -> None:
        """Show what is due and drop what is too old. retention: in ms."""
        while self._ages and self._ages[0][0] + retention <= now:
            found = self.messages.get(heappop(self._ages)[1])
            if found is not None:
                self.remove(found)
        while self._hidden and self._hidden[0][0] <= now:
            at, number = heappop(self._hidden)
            message = self.messages.get(number)
            if message is not None and message.visible_at == at and message.state != VISIBLE:
                self._become(message, VISIBLE)

    def next_visible(self, now: int) -> int | None:
        """When the next message can be received, epoch ms; None while nothing is to come."""
        if self._has_next(now):
            return now
        while self._hidden:
            at, number = self._hidden[0]
            message = self.messages.get(number)
            if message is not None and message.visible_at == at and message.state != VISIBLE:
                return at
            heappop(self._hidden)
        return None

    def hide(self, message: Message, until: int) -> None:
        """Keep a received message in flight until an instant."""
        message.visible_at = until
        heappush(self._hidden, (until, message.number))
        self._become(message, IN_FLIGHT)

    def delay(self, message: Message, until: int) -> None:
        """Let a message that nobody has received yet wait until an instant."""
        message.visible_at = until
        heappush(self._hidden, (until, message.number))
        self._become(message, DELAYED)

    @abstractmethod
    def take(self, now: int, most: int, accept: Accept) -> list[Message]:
        """The messages that come next and that `accept` lets pass."""

    @abstractmethod
    def _has_next(self, now: int) -> bool:
        """Whether `take` would find a message."""

    def _first_place(self, message: Message) -> float:
        return float(message.number)

    @abstractmethod
    def _entered(self, message: Message) -> None:
        """A message came in."""

    @abstractmethod
    def _left(self, message: Message) -> None:
        """A message is gone."""

    @abstractmethod
    def _became(self, message: Message, before: str) -> None:
        """A message's state is another one."""

    def _become(self, message: Message, state: str) -> None:
        before, message.state = message.state, state
        if before != state:
            self.counts[before] -= 1
            self.counts[state] += 1
            self._became(message, before)

    def _is_early(self, message: Message, now: int) -> bool:
        """Hide again what a running function, whose time is ahead, has seen become visible."""
        if message.visible_at <= now:
            return False
        heappush(self._hidden, (message.visible_at, message.number))
        self._become(message, IN_FLIGHT if message.receipts else DELAYED)
        return True


class Standard(Holding):
    """A standard queue: best-effort order, fair among its tenants (message groups)."""

    def __init__(self, seed: str) -> None:
        super().__init__()
        self._rng = Random(seed)
        # By tenant: (place, number) of what is visible. No group: a tenant that is never noisy.
        self._visible: dict[str | None, list[tuple[float, int]]] = {}
        self.in_flight: Counter[str | None] = Counter()
        # Whether it has had message groups, which make it a fair queue.
        self.is_fair = False

    def is_noisy(self, tenant: str | None) -> bool:
        """Whether a tenant takes a disproportionate share of the consumers."""
        mine = self.in_flight[tenant] if tenant is not None else 0
        return mine >= NOISY_MESSAGES and mine > NOISY_SHARE * self.counts[IN_FLIGHT]

    def take(self, now: int, most: int, accept: Accept) -> list[Message]:
        taken: list[Message] = []
        while len(taken) < most:
            message = self._next(now)
            if message is None:
                break
            heappop(self._visible[message.group])
            if accept(message):
                taken.append(message)
        return taken

    def _next(self, now: int) -> Message | None:
        """The first of the quiet tenants' messages; else of the noisy one with least in flight."""
        heads = [head for tenant in list(self._visible) if (head := self._head(tenant, now))]
        if len(heads) > 1:
            return min(heads, key=self._rank)
        return heads[0] if heads else None

    def _rank(self, message: Message) -> tuple[int, float]:
        tenant = message.group
        return self.in_flight[tenant] if self.is_noisy(tenant) else 0, message.place

    def _head(self, tenant: str | None, now: int) -> Message | None:
        places = self._visible[tenant]
        while places:
            place, number = places[0]
            message = self.messages.get(number)
            if (
                message is not None
                and message.place == place
                and message.state == VISIBLE
                and not self._is_early(message, now)
            ):
                return message
            heappop(places)
        del self._visible[tenant]
        return None

    def _has_next(self, now: int) -> bool:
        return self._next(now) is not None

    def _first_place(self, message: Message) -> float:
        back = self._rng.random() < OVERTAKEN
        return message.number + (0.5 + self._rng.randint(1, MOST_PLACES) if back else 0.0)

    def _entered(self, message: Message) -> None:
        self.is_fair = self.is_fair or message.group is not None

    def _became(self, message: Message, before: str) -> None:
        if IN_FLIGHT in (before, message.state):
            self.in_flight[message.group] += 1 if message.state == IN_FLIGHT else -1
        if message.state == VISIBLE:
            if message.receipts >= POISON:
                message.place = next(self._numbers)
            places = self._visible.setdefault(message.group, [])
            heappush(places, (message.place, message.number))

    def _left(self, message: Message) -> None:
        if message.state == IN_FLIGHT:
            self.in_flight[message.group] -= 1


class Fifo(Holding):
    """A FIFO queue: each group in its order, and nothing of a group while some is in flight."""

    def __init__(self) -> None:
        super().__init__()
        self.in_flight: Counter[str] = Counter()
        self._groups: dict[str, deque[Message]] = {}
        # Groups that can be received from, by the number of their first message; and what of each
        # group stands there.
        self._open: list[tuple[int, str]] = []
        self._offered: dict[str, int] = {}

    def take(self, now: int, most: int, accept: Accept) -> list[Message]:
        """As many as there are of the group that waits longest, then of the next."""
        taken: list[Message] = []
        while len(taken) < most and (group := self._next(now)) is not None:
            self._close()
            ready = self._ready(group, now, most - len(taken))
            taken += [message for message in ready if accept(message)]
        return taken

    def busy_groups(self) -> int:
        """How many groups have messages in flight."""
        return sum(1 for number in self.in_flight.values() if number)

    def _next(self, now: int) -> str | None:
        while self._open:
            number, group = self._open[0]
            head = self._head(group)
            if (
                head is not None
                and head.number == number
                and self._is_open(group, head)
                and not self._is_early(head, now)
            ):
                return group
            self._close()
        return None

    def _close(self) -> None:
        number, group = heappop(self._open)
        if self._offered.get(group) == number:
            del self._offered[group]

    def _ready(self, group: str, now: int, most: int) -> list[Message]:
        """What is visible of a group, in its order, up to the first that is not."""
        found: list[Message] = []
        for message in self._groups[group]:
            if message.number not in self.messages:
                continue
            if message.state != VISIBLE or message.visible_at > now or len(found) == most:
                break
            found.append(message)
        return found

    def _is_open(self, group: str, head: Message) -> bool:
        return head.state == VISIBLE and not self.in_flight[group]

    def _head(self, group: str) -> Message | None:
        line = self._groups.get(group)
        while line:
            if line[0].number in self.messages:
                return line[0]
            line.popleft()
        self._groups.pop(group, None)
        return None

    def _offer(self, group: str) -> None:
        """Note that a group can be received from, if it can."""
        head = self._head(group)
        if head is None or not self._is_open(group, head):
            return
        if self._offered.get(group) != head.number:
            self._offered[group] = head.number
            heappush(self._open, (head.number, group))

    def _has_next(self, now: int) -> bool:
        return self._next(now) is not None

    def _entered(self, message: Message) -> None:
        self._groups.setdefault(str(message.group), deque()).append(message)

    def _became(self, message: Message, before: str) -> None:
        group = str(message.group)
        if IN_FLIGHT in (before, message.state):
            self.in_flight[group] += 1 if message.state == IN_FLIGHT else -1
        self._offer(group)

    def _left(self, message: Message) -> None:
        group = str(message.group)
        if message.state == IN_FLIGHT:
            self.in_flight[group] -= 1
        self._offer(group)
