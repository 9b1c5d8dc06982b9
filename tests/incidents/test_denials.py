"""Denials by seed: every policy type refuses, and the text says which."""

from __future__ import annotations

from course.incidents import denials
from course.telemetry.permissions import PHRASES, Policies, Request, decide


def test_every_type_and_manner_is_among_them() -> None:
    found = {(each["kind"], each["explicit"]) for each in denials.samples(5)}
    assert found == set(denials.CASES)


def test_the_text_names_the_type_that_refuses() -> None:
    for seed in range(20):
        for each in denials.samples(seed):
            assert PHRASES[each["kind"]] in each["text"]
            assert ("explicit deny" in each["text"]) == each["explicit"]


def test_nothing_else_refuses() -> None:
    """With the refusing policy taken away, the request is allowed."""
    for each in denials.samples(6, 24):
        policies = dict(each["policies"])
        place = {"scp": "scps", "rcp": "rcps"}.get(each["kind"], each["kind"])
        policies.pop(place)
        if place == "identity":
            policies["identity"] = [
                {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
            ]
        assert decide(Request(**each["request"]), Policies(**policies)).allowed


def test_equal_seeds_give_equal_denials() -> None:
    assert denials.samples(7) == denials.samples(7)
    assert denials.samples(7) != denials.samples(8)
