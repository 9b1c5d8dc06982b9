"""SNS deliveries that fail: retries, dead letters, web endpoints, status logs, metrics."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

import course.account
from course.account import Account, NotSimulated
from course.account.queues.store import let_topics_in
from tests.account.apis import Gateway
from tests.account.behaviours import behaviour
from tests.account.conftest import WORLD
from tests.account.queues import Queue, subscribed, text

HOOK = "https://shop.example/hook"
ROLE = "arn:aws:iam::123456789012:role/sns-logs"
DAY = 24
CONFIRMING = """
import boto3, json
def lambda_handler(event, context):
    asked = json.loads(event["body"])
    if asked["Type"] == "SubscriptionConfirmation":
        client = boto3.client("sns")
        client.confirm_subscription(TopicArn=asked["TopicArn"], Token=asked["Token"])
    print("got", asked["Message"])
    return {"statusCode": 204}
"""


@pytest.fixture
def sns(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sns"]


@pytest.fixture
def sqs(account: Account, clients: dict[str, Any]) -> Any:
    return clients["sqs"]


@pytest.fixture
def topic(sns: Any) -> str:
    return str(sns.create_topic(Name="t")["TopicArn"])


class Hook:
    """A web endpoint: confirms itself, notes its requests, and answers what it is told."""

    def __init__(self, account: Account, sns: Any, url: str = HOOK) -> None:
        self.account = account
        self.sns = sns
        self.status: int | None = 200
        self.requests: list[dict[str, Any]] = []
        self.times: list[float] = []
        self._start = account.now
        account.endpoint(url, self)

    def __call__(self, request: dict[str, Any]) -> int | None:
        if request["headers"]["x-amz-sns-message-type"] == "SubscriptionConfirmation":
            asked = json.loads(request["body"])
            self.sns.confirm_subscription(TopicArn=asked["TopicArn"], Token=asked["Token"])
            return 200
        self.requests.append(request)
        self.times.append((self.account.now - self._start).total_seconds())
        return self.status


@pytest.fixture
def hook(account: Account, sns: Any) -> Hook:
    return Hook(account, sns)


def subscribe_hook(sns: Any, topic: str, **attributes: Any) -> str:
    answer = sns.subscribe(
        TopicArn=topic,
        Protocol="https",
        Endpoint=HOOK,
        Attributes={name: text(value) for name, value in attributes.items()},
        ReturnSubscriptionArn=True,
    )
    return str(answer["SubscriptionArn"])


def dead_letters(sqs: Any, topic: str) -> Queue:
    dead = Queue(sqs, "dead")
    dead.set(Policy=let_topics_in(dead.arn, [topic]))
    return dead


# -- web endpoints ---------------------------------------------------------------------------------


@behaviour("sns.http_delivery")
def test_a_web_endpoint_gets_the_message_with_its_headers(sns: Any, topic: str, hook: Hook) -> None:
    subscription = subscribe_hook(sns, topic)
    id = sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    (request,) = hook.requests
    assert (request["method"], request["url"]) == ("POST", HOOK)
    assert request["headers"] == {
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-message-id": id,
        "x-amz-sns-topic-arn": topic,
        "x-amz-sns-subscription-arn": subscription,
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": "Amazon Simple Notification Service Agent",
    }
    assert json.loads(request["body"])["Message"] == "hello"


@behaviour("sns.http_confirmation")
def test_a_web_endpoint_is_pending_until_it_confirms(
    account: Account, sns: Any, topic: str
) -> None:
    asked: list[dict[str, Any]] = []

    def note(request: dict[str, Any]) -> int:
        asked.append(request)
        return 200

    account.endpoint(HOOK, note)
    answer = sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=HOOK)
    assert answer["SubscriptionArn"] == "pending confirmation"
    sns.publish(TopicArn=topic, Message="unheard")
    (request,) = asked
    found = json.loads(request["body"])
    assert found["Type"] == "SubscriptionConfirmation"
    assert requests.get(found["SubscribeURL"], timeout=1).status_code == 200
    sns.publish(TopicArn=topic, Message="heard")
    assert [json.loads(each["body"]).get("Message") for each in asked[1:]] == ["heard"]


def test_raw_delivery_and_a_content_type_of_ones_own(sns: Any, topic: str, hook: Hook) -> None:
    policy = {"requestPolicy": {"headerContentType": "application/json"}}
    subscribe_hook(sns, topic, RawMessageDelivery="true", DeliveryPolicy=policy)
    sns.publish(TopicArn=topic, Message='{"a": 1}')
    (request,) = hook.requests
    assert request["body"] == '{"a": 1}'
    assert request["headers"]["Content-Type"] == "application/json"
    assert request["headers"]["x-amz-sns-rawdelivery"] == "true"


@behaviour("sns.http_retries")
@pytest.mark.parametrize("status", [500, 503, 429, None])
def test_three_retries_twenty_seconds_apart_then_the_dead_letter_queue(
    account: Account, sns: Any, sqs: Any, topic: str, hook: Hook, status: int | None
) -> None:
    dead = dead_letters(sqs, topic)
    subscribe_hook(sns, topic, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    hook.status = status
    sns.publish(TopicArn=topic, Message="hello")
    account.advance(minutes=5)
    assert hook.times == pytest.approx([0, 20, 40, 60], abs=6.1)
    (message,) = dead.receive()
    assert json.loads(message["Body"])["Message"] == "hello"


@behaviour("sns.http_retries")
def test_a_client_error_is_not_tried_again(
    account: Account, sns: Any, sqs: Any, topic: str, hook: Hook
) -> None:
    dead = dead_letters(sqs, topic)
    subscribe_hook(sns, topic, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    hook.status = 403
    sns.publish(TopicArn=topic, Message="hello")
    assert len(hook.times) == 1 and len(dead.receive()) == 1


@behaviour("sns.http_retries")
def test_an_endpoint_that_recovers_gets_the_same_message(
    account: Account, sns: Any, topic: str, hook: Hook
) -> None:
    subscribe_hook(sns, topic)
    hook.status = 500
    id = sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    account.advance(seconds=30)
    hook.status = 200
    happened = account.advance(minutes=5)
    assert len(hook.requests) == 3 and not happened
    assert {each["headers"]["x-amz-sns-message-id"] for each in hook.requests} == {id}


@behaviour("sns.http_delivery_policy")
def test_a_delivery_policy_of_ones_own(account: Account, sns: Any, topic: str, hook: Hook) -> None:
    retries = {
        "numRetries": 7,
        "numNoDelayRetries": 2,
        "numMinDelayRetries": 1,
        "numMaxDelayRetries": 1,
        "minDelayTarget": 10,
        "maxDelayTarget": 100,
        "backoffFunction": "linear",
    }
    subscribe_hook(sns, topic, DeliveryPolicy={"healthyRetryPolicy": retries})
    hook.status = 500
    sns.publish(TopicArn=topic, Message="hello")
    account.advance(hours=1)
    waits = [after - before for before, after in zip(hook.times, hook.times[1:], strict=False)]
    assert waits == [pytest.approx(wait, rel=0.1001) for wait in (0, 0, 10, 10, 55, 100, 100)]
    override = {
        "defaultHealthyRetryPolicy": {"numRetries": 1},
        "disableSubscriptionOverrides": True,
    }
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="DeliveryPolicy", AttributeValue=text({"http": override})
    )
    hook.times.clear()
    sns.publish(TopicArn=topic, Message="hello")
    account.advance(hours=1)
    assert len(hook.times) == 2


def test_code_that_raises_has_answered_500(account: Account, sns: Any, topic: str) -> None:
    def broken(request: dict[str, Any]) -> int:
        if "Confirmation" not in request["headers"]["x-amz-sns-message-type"]:
            raise KeyError("order")
        asked = json.loads(request["body"])
        sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
        return 200

    account.endpoint(HOOK, broken)
    subscribe_hook(sns, topic)
    sns.publish(TopicArn=topic, Message="hello")
    account.advance(minutes=5)
    assert [each for each in account.advance() if each["what"] == "notification"] == []


@behaviour("sns.http_endpoints")
def test_only_endpoints_that_answer_here_can_be_subscribed(sns: Any, topic: str) -> None:
    with pytest.raises(NotSimulated, match="account.endpoint"):
        subscribe_hook(sns, topic)


@behaviour("sns.http_endpoints")
def test_an_api_of_the_account_is_a_web_endpoint(
    account: Account, session: boto3.Session, sns: Any, topic: str
) -> None:
    gateway = Gateway(account, session)
    gateway.proxy("POST", "/hook", gateway.function("hook", CONFIRMING))
    endpoint = f"{gateway.deploy()}/hook"
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint=endpoint)
    found = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert found[0]["SubscriptionArn"].startswith(topic)
    sns.publish(TopicArn=topic, Message="hello")
    account.advance(seconds=10)
    assert any("got hello" in event for event in gateway_log(gateway))


def gateway_log(gateway: Gateway) -> list[str]:
    found = gateway.logs.filter_log_events(logGroupName="/aws/lambda/hook")["events"]
    return [event["message"] for event in found]


# -- queues and functions --------------------------------------------------------------------------


@behaviour("sns.managed_retries")
def test_a_queue_that_fails_is_tried_for_days(
    account: Account, sns: Any, sqs: Any, topic: str
) -> None:
    queue, dead = Queue(sqs, "q"), dead_letters(sqs, topic)
    subscribed(sns, topic, queue, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    fault = account.fault("sqs:SendMessage", error="InternalError", when={"QueueUrl": queue.url})
    sns.publish(TopicArn=topic, Message="late")
    account.advance(hours=3 * DAY)
    assert queue.depth() == dead.depth() == (0, 0, 0)
    assert 12_000 < fault.hits < 14_000, "every 20 seconds"
    fault.remove()
    account.advance(seconds=30)
    assert len(queue.receive()) == 1


@behaviour("sns.managed_retries")
def test_what_is_given_up_goes_to_the_dead_letter_queue(
    account: Account, sns: Any, sqs: Any, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from course.account.topics import delivery

    short = delivery.AWS_MANAGED.__class__(3, 2, 10, 5, 1, 20)
    monkeypatch.setattr(delivery, "AWS_MANAGED", short)
    queue, dead = Queue(sqs, "q"), dead_letters(sqs, topic)
    subscribed(
        sns,
        topic,
        queue,
        RawMessageDelivery="true",
        RedrivePolicy={"deadLetterTargetArn": dead.arn},
    )
    fault = account.fault("sqs:SendMessage", error="ThrottlingException")
    sns.publish(TopicArn=topic, Message="hello")
    account.advance(minutes=10)
    assert fault.hits == 1 + 3 + 2 + 10 + 5
    assert dead.bodies() == ["hello"], "in the form in which it was to be delivered"


@behaviour("sns.managed_retries")
def test_a_lost_answer_is_a_second_delivery(
    account: Account, sns: Any, sqs: Any, topic: str
) -> None:
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    account.fault("sqs:SendMessage", error="ReadTimeout", times=1)
    sns.publish(TopicArn=topic, Message="twice")
    account.advance(seconds=1)
    assert queue.bodies() == ["twice", "twice"]


def test_faults_of_the_clients_side_are_not_tried_again(
    account: Account, sns: Any, sqs: Any, topic: str
) -> None:
    subscribed(sns, topic, Queue(sqs, "q"))
    fault = account.fault("sqs:SendMessage", error="KmsAccessDenied")
    sns.publish(TopicArn=topic, Message="m")
    (failure,) = account.advance(hours=1)
    assert failure["what"] == "notification" and fault.hits == 1


def test_raw_messages_have_ten_attributes_at_most(
    account: Account, sns: Any, sqs: Any, topic: str
) -> None:
    subscribed(sns, topic, Queue(sqs, "q"), RawMessageDelivery="true")
    given = {f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}
    sns.publish(TopicArn=topic, Message="m", MessageAttributes=given)
    (failure,) = account.advance()
    assert "More than 10 message attributes" in failure["error"]


@behaviour("sns.fifo_blocking")
def test_later_messages_of_a_group_wait_for_the_one_that_is_retried(
    account: Account, sns: Any, sqs: Any
) -> None:
    given = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
    topic = sns.create_topic(Name="t.fifo", Attributes=given)["TopicArn"]
    queue = Queue(sqs, "q.fifo")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    fault = account.fault("sqs:SendMessage", error="InternalError")
    sns.publish(TopicArn=topic, Message="a1", MessageGroupId="a")
    account.advance(seconds=10)
    fault.remove()
    sns.publish(TopicArn=topic, Message="a2", MessageGroupId="a")
    sns.publish(TopicArn=topic, Message="b1", MessageGroupId="b")
    assert queue.empty() == ["b1"]
    account.advance(minutes=1)
    assert queue.empty() == ["a1", "a2"]


@behaviour("sns.conservation")
@given(st.integers(1, 12), st.floats(0, 0.9), st.floats(0, 0.5))
@settings(max_examples=20, deadline=None)
def test_every_message_is_delivered_or_dead(
    clients: dict[str, Any], messages: int, server_side: float, client_side: float
) -> None:
    with course.account.open(WORLD) as account:
        sns = clients["sns"]
        topic = sns.create_topic(Name="t")["TopicArn"]
        queue, dead = Queue(clients["sqs"], "q"), dead_letters(clients["sqs"], topic)
        raw = {"RawMessageDelivery": "true"}
        subscribed(sns, topic, queue, **raw, RedrivePolicy={"deadLetterTargetArn": dead.arn})
        account.fault("sqs:SendMessage", error="InternalError", rate=server_side)
        account.fault("sqs:SendMessage", error="KmsAccessDenied", rate=client_side)
        sent = [str(number) for number in range(messages)]
        for body in sent:
            sns.publish(TopicArn=topic, Message=body)
        account.advance(hours=6)
        assert sorted(queue.empty() + dead.empty(), key=int) == sent


def test_an_ended_subscription_ends_its_retries(
    account: Account, sns: Any, sqs: Any, topic: str
) -> None:
    subscription = subscribed(sns, topic, Queue(sqs, "q"))
    fault = account.fault("sqs:SendMessage", error="InternalError")
    sns.publish(TopicArn=topic, Message="m")
    hits = fault.hits
    sns.unsubscribe(SubscriptionArn=subscription)
    account.advance(minutes=5)
    assert fault.hits == hits


# -- what is told about it -------------------------------------------------------------------------


def log_entries(logs: Any, name: str) -> list[dict[str, Any]]:
    found = logs.filter_log_events(logGroupName=name)["events"]
    return [json.loads(event["message"]) for event in found]


@behaviour("sns.status_logs")
def test_deliveries_are_logged_where_a_role_allows_it(
    account: Account, sns: Any, sqs: Any, logs: Any, topic: str
) -> None:
    queue = Queue(sqs, "q")
    subscribed(sns, topic, queue)
    sns.publish(TopicArn=topic, Message="before anybody asked")
    for kind in ("Success", "Failure"):
        sns.set_topic_attributes(
            TopicArn=topic, AttributeName=f"SQS{kind}FeedbackRoleArn", AttributeValue=ROLE
        )
    id = sns.publish(TopicArn=topic, Message="hello")["MessageId"]
    (entry,) = log_entries(logs, "sns/us-east-1/123456789012/t")
    dwell = entry["delivery"].pop("dwellTimeMs")
    response = json.loads(entry["delivery"].pop("providerResponse"))
    assert 5 < dwell < 200 and list(response) == ["sqsRequestId"]
    assert entry["delivery"].pop("deliveryId")
    assert entry == {
        "notification": {
            "messageMD5Sum": "5d41402abc4b2a76b9719d911017c592",
            "messageId": id,
            "topicArn": topic,
            "timestamp": "2026-03-17 12:00:00.000",
        },
        "delivery": {"destination": queue.arn, "attempts": 1, "statusCode": 200},
        "status": "SUCCESS",
    }
    queue.set(Policy="")
    sns.publish(TopicArn=topic, Message="hello")
    (entry,) = log_entries(logs, "sns/us-east-1/123456789012/t/Failure")
    response = json.loads(entry["delivery"]["providerResponse"])
    assert (entry["status"], entry["delivery"]["statusCode"]) == ("FAILURE", 403)
    assert response["ErrorCode"] == "AccessDenied"


@behaviour("sns.status_logs")
def test_every_try_is_logged_under_one_delivery(
    account: Account, sns: Any, logs: Any, topic: str, hook: Hook
) -> None:
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="HTTPFailureFeedbackRoleArn", AttributeValue=ROLE
    )
    subscribe_hook(sns, topic)
    hook.status = 503
    sns.publish(TopicArn=topic, Message="hello")
    account.advance(minutes=5)
    entries = [
        each["delivery"] for each in log_entries(logs, "sns/us-east-1/123456789012/t/Failure")
    ]
    assert [each["attempts"] for each in entries] == [1, 2, 3, 4]
    assert {each["statusCode"] for each in entries} == {503}
    assert len({each["deliveryId"] for each in entries}) == 1
    assert entries[3]["dwellTimeMs"] > 50_000


@behaviour("sns.status_logs")
def test_a_share_of_the_successes_is_logged(
    account: Account, sns: Any, sqs: Any, logs: Any, topic: str
) -> None:
    subscribed(sns, topic, Queue(sqs, "q"))
    for name, value in (("RoleArn", ROLE), ("SampleRate", "25")):
        sns.set_topic_attributes(
            TopicArn=topic, AttributeName=f"SQSSuccessFeedback{name}", AttributeValue=value
        )
    for number in range(200):
        sns.publish(TopicArn=topic, Message=str(number))
    entries = log_entries(logs, "sns/us-east-1/123456789012/t")
    assert 30 <= len(entries) <= 70


def sums(account: Account, cloudwatch: Any, topic: str = "t") -> dict[str, float]:
    """The topic's metrics over the account's time, those that are not 0."""
    found = {}
    for metric in cloudwatch.list_metrics(
        Namespace="AWS/SNS", Dimensions=[{"Name": "TopicName", "Value": topic}]
    )["Metrics"]:
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/SNS",
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=account.now - timedelta(hours=1),
            EndTime=account.now + timedelta(minutes=1),
            Period=3600 * 2,
            Statistics=["Sum"],
        )
        found[metric["MetricName"]] = sum(point["Sum"] for point in answer["Datapoints"])
    return found


@behaviour("sns.metrics")
def test_metrics_count_messages_and_notifications(
    account: Account, sns: Any, sqs: Any, cloudwatch: Any, topic: str, hook: Hook
) -> None:
    queue, picky, dead = Queue(sqs, "q"), Queue(sqs, "picky"), dead_letters(sqs, topic)
    subscribed(sns, topic, queue)
    subscribed(sns, topic, picky, FilterPolicy={"color": ["red"]})
    subscribe_hook(sns, topic, RedrivePolicy={"deadLetterTargetArn": dead.arn})
    hook.status = 500
    blue = {"color": {"DataType": "String", "StringValue": "blue"}}
    sns.publish(TopicArn=topic, Message="12345")
    sns.publish(TopicArn=topic, Message="12345", MessageAttributes=blue)
    account.advance(minutes=5)
    assert sums(account, cloudwatch) == {
        "NumberOfMessagesPublished": 2,
        "PublishSize": 5 + 5 + len("colorStringblue"),
        "NumberOfNotificationsDelivered": 2,
        "NumberOfNotificationsFilteredOut": 2,
        "NumberOfNotificationsFilteredOut-NoMessageAttributes": 1,
        "NumberOfNotificationsFilteredOut-MessageAttributes": 1,
        "NumberOfNotificationsFailed": 8,
        "NumberOfNotificationsRedrivenToDlq": 2,
    }


@behaviour("sns.metrics")
def test_a_dead_letter_queue_that_refuses_is_counted(
    account: Account, sns: Any, sqs: Any, cloudwatch: Any, topic: str
) -> None:
    queue, dead = Queue(sqs, "q"), Queue(sqs, "dead")
    subscribed(
        sns,
        topic,
        queue,
        FilterPolicyScope="MessageBody",
        FilterPolicy={"a": [1]},
        RedrivePolicy={"deadLetterTargetArn": dead.arn},
    )
    queue.set(Policy="")
    for message in ('{"a": 1}', '{"a": 2}', "no json"):
        sns.publish(TopicArn=topic, Message=message)
    found = sums(account, cloudwatch)
    assert found["NumberOfNotificationsFailed"] == 1
    assert found["NumberOfNotificationsFailedToRedriveToDlq"] == 1
    assert found["NumberOfNotificationsFilteredOut-MessageBody"] == 1
    assert found["NumberOfNotificationsFilteredOut-InvalidMessageBody"] == 1


def test_the_same_account_gives_the_same_ids_and_waits(clients: dict[str, Any]) -> None:
    def run() -> list[Any]:
        with course.account.open(WORLD) as account:
            sns = clients["sns"]
            topic = sns.create_topic(Name="t")["TopicArn"]
            hook = Hook(account, sns)
            subscription = subscribe_hook(sns, topic)
            hook.status = 500
            id = sns.publish(TopicArn=topic, Message="m")["MessageId"]
            account.advance(minutes=5)
            return [subscription, id, hook.times]

    assert run() == run()


def test_a_policy_with_a_throttle_is_refused(sns: Any, topic: str, hook: Hook) -> None:
    with pytest.raises(NotSimulated, match="throttlePolicy"):
        subscribe_hook(sns, topic, DeliveryPolicy={"throttlePolicy": {"maxReceivesPerSecond": 1}})
    with pytest.raises(ClientError, match="Total retry time"):
        subscribe_hook(
            sns,
            topic,
            DeliveryPolicy={
                "healthyRetryPolicy": {
                    "numRetries": 100,
                    "minDelayTarget": 60,
                    "maxDelayTarget": 60,
                }
            },
        )
