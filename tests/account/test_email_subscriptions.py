"""Topics that mail: nothing arrives before the owner of the address has confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from course.account import Account
from tests.account.behaviours import behaviour
from tests.account.conftest import put_alarm

ADDRESS = "ops@shop.example"


@pytest.fixture
def sns(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sns"]


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="pager")["TopicArn"])


def mails(account: Account, **step: float) -> list[dict[str, Any]]:
    return [each for each in account.advance(**step) if each["what"] == "email"]


def counts(sns: Any, topic: str) -> tuple[str, str]:
    found = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    return found["SubscriptionsPending"], found["SubscriptionsConfirmed"]


@behaviour("sns.email_confirmation")
def test_an_address_is_pending_until_its_owner_confirms(
    account: Account, sns: Any, topic: str
) -> None:
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    assert answer["SubscriptionArn"] == "pending confirmation"
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in listed] == ["PendingConfirmation"]
    assert counts(sns, topic) == ("1", "0")
    sns.publish(TopicArn=topic, Message="nobody reads this")
    (mail,) = mails(account)
    assert (mail["to"], mail["subject"]) == (
        ADDRESS,
        "AWS Notification - Subscription Confirmation",
    )
    arn = sns.confirm_subscription(TopicArn=topic, Token=mail["token"])["SubscriptionArn"]
    assert arn in [each["SubscriptionArn"] for each in sns.list_subscriptions()["Subscriptions"]]
    assert counts(sns, topic) == ("0", "1")
    sns.publish(TopicArn=topic, Message="the shop is down", Subject="Page")
    (mail,) = mails(account)
    assert (mail["subject"], mail["message"]) == ("Page", "the shop is down")


def test_the_arn_can_be_had_before_confirmation(sns: Any, topic: str) -> None:
    to = {"TopicArn": topic, "Protocol": "email", "Endpoint": ADDRESS}
    arn = sns.subscribe(**to, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert arn.startswith(topic)
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["PendingConfirmation"] == "true"


def test_a_wrong_token_confirms_nothing(sns: Any, topic: str) -> None:
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    with pytest.raises(ClientError, match="Token"):
        sns.confirm_subscription(TopicArn=topic, Token="guessed")
    assert counts(sns, topic) == ("1", "0")


@behaviour("alarms.unconfirmed_email")
def test_an_alarm_acts_and_nobody_hears_of_it(
    account: Account, cloudwatch: Any, sns: Any, topic: str
) -> None:
    """The action succeeds: whether anybody is subscribed is not the alarm's business."""
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ADDRESS)
    token = mails(account)[0]["token"]
    put_alarm(cloudwatch, AlarmActions=[topic])
    alarm = {"AlarmName": "errors", "StateReason": "a test"}
    cloudwatch.set_alarm_state(StateValue="ALARM", **alarm)
    happened = account.advance(seconds=1)
    assert [each["what"] for each in happened] == ["alarm", "action"]
    assert happened[-1]["error"] is None
    sns.confirm_subscription(TopicArn=topic, Token=token)
    cloudwatch.set_alarm_state(StateValue="OK", **alarm)
    cloudwatch.set_alarm_state(StateValue="ALARM", **alarm)
    (mail,) = mails(account)
    assert mail["subject"] == 'ALARM: "errors" in US East (N. Virginia)'


def test_queues_need_no_confirmation(sns: Any, topic: str) -> None:
    queue = "arn:aws:sqs:us-east-1:123456789012:inbox"
    answer = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    assert answer["SubscriptionArn"].startswith(topic)
    assert counts(sns, topic) == ("0", "1")
