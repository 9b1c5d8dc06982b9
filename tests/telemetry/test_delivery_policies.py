"""When SNS tries a delivery again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.telemetry.errors import RuleError
from course.telemetry.queues import delivery_policies
from course.telemetry.queues.delivery_policies import (
    AWS_MANAGED,
    BACKOFFS,
    CUSTOMER_MANAGED,
    DEFAULT,
    Phases,
)

HOUR, DAY = 3600, 86_400


def waits(phases: Phases) -> list[float]:
    return [phases.wait(retry) or 0.0 for retry in range(1, phases.retries + 1)]


def test_queues_and_functions_are_tried_for_23_days() -> None:
    found = waits(AWS_MANAGED)
    assert len(found) == 100_015
    assert found[:5] == [0, 0, 0, 1, 1] and found[5] == 1 and found[14] == found[-1] == 20
    assert found[5:15] == sorted(found[5:15])
    assert 23 * DAY < sum(found) < 24 * DAY
    assert AWS_MANAGED.wait(100_016) is None


def test_addresses_and_phones_are_tried_for_six_hours() -> None:
    found = waits(CUSTOMER_MANAGED)
    assert len(found) == 50 and found[:2] == [10, 10] and found[11:] == [600] * 39
    assert 6 * HOUR < sum(found) < 7.1 * HOUR


def test_web_endpoints_are_tried_three_times_by_default() -> None:
    phases = delivery_policies.phases(delivery_policies.effective(None, None))
    assert waits(phases) == [20, 20, 20]


@given(
    st.sampled_from(sorted(BACKOFFS)),
    st.integers(1, 60),
    st.integers(1, 600),
    st.integers(2, 60),
)
def test_a_backoff_grows_from_the_least_to_the_most(
    function: str, least: int, more: int, steps: int
) -> None:
    found = waits(Phases(0, 0, steps, 0, least, least + more, function))
    assert found == sorted(found)
    assert found[0] == pytest.approx(least) and found[-1] == pytest.approx(least + more)


def test_the_functions_have_aws_order_in_the_middle() -> None:
    middle = [BACKOFFS[name](10, 600, 0.5) for name in BACKOFFS]
    assert list(BACKOFFS) == ["linear", "arithmetic", "geometric", "exponential"]
    assert middle == sorted(middle, reverse=True)


@given(st.integers(1, 100_015), st.text(max_size=8))
def test_waits_vary_by_a_tenth_and_repeat(retry: int, seed: str) -> None:
    wait = AWS_MANAGED.wait(retry)
    found = AWS_MANAGED.jittered(retry, seed)
    assert wait is not None and found is not None
    assert 0.9 * wait - 0.001 <= found / 1000 <= 1.1 * wait + 0.001
    assert AWS_MANAGED.jittered(retry, seed) == found


def policy(**given: Any) -> str:
    return json.dumps({"healthyRetryPolicy": given})


def test_the_subscriptions_policy_comes_before_the_topics() -> None:
    topic = json.dumps({"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}})
    assert delivery_policies.effective(None, topic) == {**DEFAULT, "numRetries": 5}
    own = policy(numRetries=7)
    assert delivery_policies.effective(own, topic)["numRetries"] == 7
    strict = json.loads(topic)
    strict["http"]["disableSubscriptionOverrides"] = True
    assert delivery_policies.effective(own, json.dumps(strict))["numRetries"] == 5


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"numRetries": 101}, "between 0 and 100"),
        ({"numRetries": True}, "between 0 and 100"),
        ({"minDelayTarget": 0}, "between 1 and 3600"),
        ({"minDelayTarget": 30}, "maxDelayTarget must be greater"),
        ({"numRetries": 1, "numNoDelayRetries": 2}, "greater than or equal to total"),
        ({"backoffFunction": "random"}, "backoffFunction must be one of"),
        ({"retries": 1}, "Unexpected JSON member: retries"),
        ({"numRetries": 100, "minDelayTarget": 40, "maxDelayTarget": 40}, "at most 3600"),
    ],
)
def test_policies_that_are_refused(given: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        delivery_policies.check_for_subscription(policy(**given))
    with pytest.raises(RuleError, match=reason):
        delivery_policies.check_for_topic(
            json.dumps({"http": {"defaultHealthyRetryPolicy": given}})
        )


@pytest.mark.parametrize("text", ["{", "[]", "3"])
def test_what_is_no_policy(text: str) -> None:
    with pytest.raises(RuleError, match="Unable to parse"):
        delivery_policies.check_for_topic(text)
