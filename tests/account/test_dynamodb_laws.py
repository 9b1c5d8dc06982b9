"""Laws of tables under faults and concurrent writers: what was acknowledged is there, once."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.tables import create

# What a writer does: put an item of its own, delete its last one, or add one to a shared counter.
WORK = st.lists(st.sampled_from(["put", "delete", "add"]), min_size=1, max_size=6)
WRITERS = st.lists(WORK, min_size=1, max_size=5)
# Lost before the service, refused by it, or answered and the answer lost.
TROUBLES = st.sampled_from(["ConnectionReset", "InternalServerError", "ReadTimeout"])
ATTEMPTS = Config(retries={"mode": "standard", "total_max_attempts": 2})


class Writer:
    """A client process: what it was told to have worked, and what it may have done besides."""

    def __init__(self, number: int, work: list[str]) -> None:
        self.number, self.work = number, work
        self.client = boto3.client("dynamodb", config=ATTEMPTS)
        self.expected: dict[str, bool] = {}  # key -> is it there; unsure ones are left out
        self.added = Counter[str]()

    def run(self) -> None:
        for step, what in enumerate(self.work):
            key = f"{self.number}-{step if what == 'put' else step - 1}"
            try:
                getattr(self, what)(key)
            except (ClientError, BotoCoreError):
                self.expected.pop(key, None)
                self.added["unsure" if what == "add" else "other"] += 1

    def put(self, key: str) -> None:
        self.client.put_item(TableName="t", Item={"pk": {"S": key}})
        self.expected[key] = True

    def delete(self, key: str) -> None:
        self.client.delete_item(TableName="t", Key={"pk": {"S": key}})
        self.expected[key] = False

    def add(self, key: str) -> None:
        self.client.update_item(
            TableName="t",
            Key={"pk": {"S": "counter"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        self.added["sure"] += 1


@behaviour("dynamodb.acknowledged_writes")
@given(works=WRITERS, error=TROUBLES, rate=st.sampled_from([0.0, 0.3, 0.6]), seed=st.integers(0, 9))
@settings(max_examples=25, deadline=None)
def test_no_acknowledged_write_is_lost(
    works: list[list[str]], error: str, rate: float, seed: int
) -> None:
    with course.account.fresh(WORLD) as account:
        dynamodb = boto3.client("dynamodb")
        create(dynamodb)
        writers = [Writer(number, work) for number, work in enumerate(works)]
        for operation in ("PutItem", "DeleteItem", "UpdateItem"):
            account.fault(f"dynamodb:{operation}", error=error, rate=rate)
        run = account.together(
            [partial(Writer.run, each) for each in writers], seed=seed, limit=3600
        )
        assert run.errors == [None] * len(writers)
        _check(dynamodb.scan(TableName="t")["Items"], writers)


def _check(items: list[dict[str, Any]], writers: list[Writer]) -> None:
    stored = {item["pk"]["S"]: item for item in items}
    counter = int(stored.pop("counter", {"n": {"N": "0"}})["n"]["N"])
    for writer in writers:
        for key, is_there in writer.expected.items():
            assert (key in stored) == is_there, key
    attempted = {
        f"{w.number}-{n}" for w in writers for n, what in enumerate(w.work) if what == "put"
    }
    assert stored.keys() <= attempted, "nothing is invented"
    sure = sum(writer.added["sure"] for writer in writers)
    adds = sum(writer.work.count("add") for writer in writers)
    # A repeated ADD whose first answer was lost counts twice, as on AWS: it is not idempotent.
    assert sure <= counter <= 2 * adds
