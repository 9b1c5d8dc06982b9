"""What holds for every queue, whatever its clients do: nothing is lost, or out of order."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account
from course.account.queues.store import Queues
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.queues import Message, Queue, redrive

RETENTION = 3600
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1, "mode": "standard"})
# (what, how many or how long)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 12)),
        st.tuples(st.just("delay"), st.integers(1, 900)),
        st.tuples(st.just("receive"), st.integers(1, 10)),
        st.tuples(st.just("delete"), st.integers(1, 10)),
        st.tuples(st.just("hide"), st.integers(0, 300)),
        st.tuples(st.just("wait"), st.integers(1, 900)),
        st.tuples(st.just("move"), st.just(0)),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def impatient() -> Any:
    return boto3.client("sqs", region_name="us-east-1", config=ONE_ATTEMPT)


class Client:
    """A producer and a consumer on bad lines. They note what the queue must know."""

    def __init__(self, account: Account, sqs: Any) -> None:
        self.account = account
        self.sqs = sqs
        self.dead = Queue(sqs, "dead", MessageRetentionPeriod=RETENTION)
        self.live = Queue(
            sqs,
            "live",
            MessageRetentionPeriod=RETENTION,
            VisibilityTimeout=20,
            RedrivePolicy=redrive(self.dead, 3),
        )
        self.sent: dict[str, float] = {}
        self.held: list[Message] = []
        self.processed: set[str] = set()

    def do(self, what: str, amount: int) -> None:
        getattr(self, what)(amount)

    def send(self, amount: int, delay: int = 0) -> None:
        for _ in range(amount):
            body = str(len(self.sent))
            if self._arrives(lambda body=body: self.live.send(body, DelaySeconds=delay)):
                self.sent[body] = self.account.now.timestamp()

    def delay(self, amount: int) -> None:
        self.send(1, amount)

    def receive(self, amount: int) -> None:
        try:
            self.held += self.live.receive(amount)
        except (ClientError, ReadTimeoutError):
            return  # with a lost answer the messages are in flight, and nobody knows it

    def delete(self, amount: int) -> None:
        chosen, self.held = self.held[:amount], self.held[amount:]
        for message in chosen:
            is_last = self._is_last(message)
            if self._arrives(lambda message=message: self.live.delete(message)) and is_last:
                self.processed.add(message["Body"])

    def _is_last(self, message: Message) -> bool:
        """Whether a handle is still good, which a client whose answers get lost cannot know."""
        queue = self.account._home.part(Queues).by_name["live"]
        return queue.received(message["ReceiptHandle"])[1]

    def hide(self, amount: int) -> None:
        for message in self.held[:3]:
            try:
                self.live.hide(message, amount)
            except ClientError:
                continue

    def wait(self, amount: int) -> None:
        self.account.advance(seconds=amount)

    def move(self, amount: int) -> None:
        try:
            self.sqs.start_message_move_task(SourceArn=self.dead.arn)
        except ClientError:
            return  # one is running

    def _arrives(self, call: Any) -> bool:
        """Whether the service carried a call out."""
        try:
            call()
        except ReadTimeoutError:
            return True
        except ClientError:
            return False
        return True

    def drain(self) -> list[str]:
        """Everything that is left, after all visibility timeouts and delays."""
        for queue in (self.live, self.dead):
            queue.set(MessageRetentionPeriod=14 * 86_400)
        self.account.advance(seconds=1200)
        found = self.live.empty() + self.dead.empty()
        assert self.live.depth() == self.dead.depth() == (0, 0, 0)
        return found


@behaviour("sqs.conservation")
@given(steps)
@settings(max_examples=30, deadline=None)
def test_nothing_is_lost_or_invented(impatient: Any, what: list[tuple[str, int]]) -> None:
    with course.account.open(WORLD) as account:
        client = Client(account, impatient)
        faults = [
            account.fault(f"sqs:{operation}", error=error, rate=0.2)
            for operation in ("SendMessage", "ReceiveMessage", "DeleteMessage")
            for error in ("InternalError", "ReadTimeout")
        ]
        for step in what:
            client.do(*step)
        for fault in faults:
            fault.remove()
        now = account.now.timestamp()
        left = sorted(client.drain(), key=int)
        # A message that was moved back counts as new, so its age is not known here: it may be left
        # although it is old, but every young one must be there.
        young = {
            body
            for body, at in client.sent.items()
            if body not in client.processed and now - at < RETENTION
        }
        assert len(left) == len(set(left)), "a message is there twice"
        assert young <= set(left) <= set(client.sent) - client.processed
        if ("move", 0) not in what:
            assert young == set(left)


ordered_steps = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from("abc")),
        st.tuples(st.just("receive"), st.integers(1, 10)),
        st.tuples(st.just("delete"), st.integers(1, 4)),
        st.tuples(st.just("wait"), st.sampled_from([1, 10, 20])),
    ),
    max_size=60,
)


@behaviour("sqs.fifo_law")
@given(ordered_steps)
@settings(max_examples=40, deadline=None)
def test_every_group_is_received_in_its_order(impatient: Any, what: list[tuple[str, Any]]) -> None:
    with course.account.open(WORLD) as account:
        queue = Queue(impatient, "q.fifo", ContentBasedDeduplication="true", VisibilityTimeout=20)
        waiting: dict[str, list[str]] = defaultdict(list)
        busy: dict[str, float] = {}
        held: list[Message] = []
        for number, (step, amount) in enumerate(what):
            now = account.now.timestamp()
            if step == "send":
                body = f"{amount}-{number}"
                queue.send(body, MessageGroupId=amount)
                waiting[amount].append(body)
            elif step == "receive":
                got = queue.receive(amount)
                _check(got, waiting, {body for body, until in busy.items() if until > now})
                busy.update({message["Body"]: now + 20 for message in got})
                held += got
            elif step == "delete":
                for message in held[:amount]:
                    queue.delete(message)
                    waiting[message["Body"][0]].remove(message["Body"])
                    del busy[message["Body"]]
                held = held[amount:]
            else:
                account.advance(seconds=amount)
                held = [m for m in held if busy[m["Body"]] > account.now.timestamp()]


def _check(got: list[Message], waiting: dict[str, list[str]], busy: set[str]) -> None:
    by_group: dict[str, list[str]] = defaultdict(list)
    for message in got:
        by_group[message["Attributes"]["MessageGroupId"]].append(message["Body"])
    for group, bodies in by_group.items():
        assert bodies == waiting[group][: len(bodies)], "out of order"
        assert not [body for body in busy if body[0] == group], "two at a time of one group"
