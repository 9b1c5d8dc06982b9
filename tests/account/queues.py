"""Queues and topics to test with."""

from __future__ import annotations

import json
from typing import Any

from course.account.queues.store import let_topics_in

Message = dict[str, Any]


class Queue:
    """One queue, through a boto3 client."""

    def __init__(self, sqs: Any, name: str, **attributes: Any) -> None:
        if name.endswith(".fifo"):
            attributes = {"FifoQueue": "true", **attributes}
        given = {key: text(value) for key, value in attributes.items()}
        self.sqs = sqs
        self.name = name
        self.url = sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]
        self.arn = self.attribute("QueueArn")

    def attribute(self, name: str) -> str:
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])
        return str(found.get("Attributes", {}).get(name))

    def set(self, **attributes: Any) -> None:
        given = {key: text(value) for key, value in attributes.items()}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes=given)

    def send(self, body: str = "hello", **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)
        return answer

    def send_all(self, bodies: list[str], **more: Any) -> None:
        for first in range(0, len(bodies), 10):
            entries = [
                {"Id": str(number), "MessageBody": body, **more}
                for number, body in enumerate(bodies[first : first + 10])
            ]
            self.sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def receive(self, most: int = 10, **more: Any) -> list[Message]:
        answer = self.sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=most,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            **more,
        )
        return list(answer.get("Messages", []))

    def bodies(self, most: int = 10, **more: Any) -> list[str]:
        return [message["Body"] for message in self.receive(most, **more)]

    def delete(self, message: Message) -> None:
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def hide(self, message: Message, seconds: int) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=self.url,
            ReceiptHandle=message["ReceiptHandle"],
            VisibilityTimeout=seconds,
        )

    def empty(self) -> list[str]:
        """Receive and delete everything that is visible; the bodies in their order."""
        found: list[str] = []
        while messages := self.receive():
            for message in messages:
                self.delete(message)
                found.append(message["Body"])
        return found

    def depth(self) -> tuple[int, int, int]:
        """How many messages are visible, in flight, delayed."""
        names = ("", "NotVisible", "Delayed")
        found = [self.attribute(f"ApproximateNumberOfMessages{name}") for name in names]
        return int(found[0]), int(found[1]), int(found[2])


def text(value: Any) -> str:
    """An attribute's value as SQS takes it."""
    return value if isinstance(value, str) else json.dumps(value)


def redrive(dead: Queue, most: int) -> dict[str, Any]:
    """A redrive policy."""
    return {"deadLetterTargetArn": dead.arn, "maxReceiveCount": most}


def subscribed(sns: Any, topic: str, queue: Queue, **attributes: Any) -> str:
    """Subscribe a queue that lets the topic in; returns the subscription's ARN."""
    queue.set(Policy=let_topics_in(queue.arn, [topic]))
    answer = sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue.arn,
        Attributes={key: text(value) for key, value in attributes.items()},
        ReturnSubscriptionArn=True,
    )
    return str(answer["SubscriptionArn"])
