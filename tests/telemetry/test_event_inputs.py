"""What a target is sent of an event, when a delivery is tried again, and who is let in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.telemetry.events import policies, retries, transformers

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "7bf73129",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "time": "2015-11-11T21:29:54Z",
    "resources": ["arn:1", "arn:2"],
    "detail": {"instance-id": "i-0123456789", "state": "RUNNING", "count": 3, "tags": {"a": "b"}},
}
PATHS = {
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "count": "$.detail.count",
    "tags": "$.detail.tags",
    "first": "$.resources[0]",
    "all": "$.resources[*]",
    "gone": "$.detail.nothing",
}
KNOWN = transformers.reserved(
    EVENT, rule="example", rule_arn="arn:rule/example", ingested="2015-11-11T21:29:55Z"
)


def fill(template: str) -> str:
    return transformers.fill(template, PATHS, EVENT, KNOWN)


# The examples of "Amazon EventBridge input transformation", and what they leave open.
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('"instance <instance> is in <state>"', '"instance i-0123456789 is in RUNNING"'),
        (
            '"instance \\"<instance>\\" is in <state>"',
            '"instance \\"i-0123456789\\" is in RUNNING"',
        ),
        (
            '{\n  "instance" : <instance>,\n  "state": <state>\n}',
            '{"instance":"i-0123456789","state":"RUNNING"}',
        ),
        (
            '{"instance" : <instance>, "state": "<state>", '
            '"instanceStatus": "instance \\"<instance>\\" is in <state>"}',
            '{"instance":"i-0123456789","state":"RUNNING",'
            '"instanceStatus":"instance \\"i-0123456789\\" is in RUNNING"}',
        ),
        ('{"state": [9, <state>, true]}', '{"state":[9,"RUNNING",true]}'),
        ('{"rule": <aws.events.rule-arn>}', '{"rule":"arn:rule/example"}'),
        ('"<aws.events.rule-name> triggered"', '"example triggered"'),
        ('{"at": <aws.events.event.ingestion-time>}', '{"at":"2015-11-11T21:29:55Z"}'),
        ('{"n": <count>, "t": <tags>}', '{"n":3,"t":{"a":"b"}}'),
        ('{"first": <first>, "all": <all>}', '{"first":"arn:1","all":["arn:1","arn:2"]}'),
        ('{"gone": <gone>, "text": "<gone>."}', '{"gone":"","text":"."}'),
        ("<instance> is <state>", '"i-0123456789" is "RUNNING"'),
        ("less < more", "less < more"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert fill(template) == expected


def test_the_whole_event_with_and_without_its_detail() -> None:
    assert json.loads(fill('{"e": <aws.events.event.json>}'))["e"] == EVENT
    without = json.loads(fill('{"e": <aws.events.event>}'))["e"]
    assert without == {name: each for name, each in EVENT.items() if name != "detail"}


def test_a_part_of_the_event() -> None:
    assert transformers.at_path(EVENT, "$.detail") == EVENT["detail"]
    assert transformers.at_path(EVENT, "$") == EVENT
    with pytest.raises(LookupError):
        transformers.at_path(EVENT, "$.detail.nothing")


def test_undefined_variables_are_found() -> None:
    assert transformers.undefined("<instance> <who> <aws.events.event>", PATHS) == ["who"]


# -- retries -----------------------------------------------------------------------------------


def test_a_policy_ends_by_attempts_or_by_age() -> None:
    default = retries.RetryPolicy.of(None)
    assert (default.attempts, default.age) == (185, 86_400)
    short = retries.RetryPolicy.of({"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60})
    assert short.exhausted(1, 59) is None
    assert short.exhausted(2, 0) == "MaximumRetryAttempts"
    assert short.exhausted(0, 61) == "MaximumEventAgeInSeconds"


@given(st.integers(1, 185), st.text(max_size=5))
@settings(max_examples=50, deadline=None)
def test_waits_grow_up_to_a_limit_and_repeat(retry: int, seed: str) -> None:
    longest = min(2 ** (retry - 1), retries.LONGEST_WAIT) * 1000
    assert longest / 2 <= retries.wait(retry, seed) <= longest
    assert retries.wait(retry, seed) == retries.wait(retry, seed)


# -- resource policies -------------------------------------------------------------------------

RULE = "arn:aws:events:us-east-1:123456789012:rule/r"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE,
        **changes,
    }


def lets_in(*statements: dict[str, Any]) -> bool:
    return policies.allows(
        json.dumps({"Version": "2012-10-17", "Statement": list(statements)}),
        service="events.amazonaws.com",
        action="sqs:SendMessage",
        resource=QUEUE,
        context={"aws:sourcearn": RULE, "aws:sourceaccount": "123456789012"},
    )


def all_but(element: str, *named: str) -> dict[str, Any]:
    """A statement with NotAction or NotResource."""
    return {k: v for k, v in statement().items() if k != element} | {f"Not{element}": list(named)}


def condition(operator: str, key: str, value: Any) -> dict[str, Any]:
    return statement(Condition={operator: {key: value}})


@pytest.mark.parametrize(
    "granted",
    [
        statement(),
        statement(Principal="*"),
        statement(Principal={"AWS": "*"}),
        statement(Principal={"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}),
        statement(Action=["sqs:ReceiveMessage", "SQS:Send*"]),
        statement(Action="*", Resource="*"),
        statement(Resource="arn:aws:sqs:*:123456789012:?"),
        condition("ArnEquals", "aws:SourceArn", RULE),
        condition("ArnLike", "AWS:SourceArn", ["arn:aws:events:*:*:rule/*"]),
        condition("StringEquals", "aws:SourceAccount", "123456789012"),
        condition("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"),
        all_but("Action", "sqs:PurgeQueue", "sqs:DeleteQueue"),
        all_but("Resource", QUEUE + "2"),
    ],
)
def test_a_grant_that_reaches(granted: dict[str, Any]) -> None:
    assert lets_in(granted)


@pytest.mark.parametrize(
    "withheld",
    [
        statement(Effect="Deny"),
        statement(Principal={"Service": "sns.amazonaws.com"}),
        statement(Principal={"AWS": "arn:aws:iam::123456789012:root"}),
        statement(Action="sqs:ReceiveMessage"),
        statement(Resource=QUEUE + "2"),
        condition("ArnEquals", "aws:SourceArn", RULE + "2"),
        condition("StringEquals", "AWS:SourceOwner", "123456789012"),
        condition("StringNotLike", "aws:SourceAccount", "1*"),
        all_but("Action", "sqs:PurgeQueue", "SQS:send*"),
        all_but("Resource", "arn:aws:sqs:*:*:q"),
        {name: value for name, value in statement().items() if name != "Action"},
    ],
)
def test_a_grant_that_does_not(withheld: dict[str, Any]) -> None:
    assert not lets_in(withheld)


def test_a_denial_wins_and_no_policy_allows_nothing() -> None:
    assert not lets_in(statement(), statement(Effect="Deny"))
    assert not lets_in()
    assert not policies.allows(None, service="s", action="a", resource="r", context={})
