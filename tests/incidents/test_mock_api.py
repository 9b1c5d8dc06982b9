"""An API that answers by itself: every answer is a new one, at every path."""

from __future__ import annotations

import requests

from course import account
from course.incidents.mock_api import mock_api
from course.telemetry.world import World

AT = 1_774_036_800_000


def test_every_answer_is_a_new_one() -> None:
    with account.fresh(World("trial", AT, AT, [], [])):
        _, address = mock_api(["GET /books/{id}", "GET /books", "POST /books"], "v2")
        paths = ("/books/1", "/books/1", "/books")
        answers = [requests.get(address + path, timeout=5) for path in paths]
        answers.append(requests.post(f"{address}/books", timeout=5))
        unknown = requests.get(f"{address}/none", timeout=5)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 4
    assert unknown.status_code == 403
