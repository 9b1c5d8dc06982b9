# misconception: The principal sns.amazonaws.com is condition enough.
# expect: any topic may send
def nothing_gets_lost(topic_arn: str, dead_letter_url: str) -> None:
    """Gives each confirmed subscription of a topic a dead-letter queue, and HTTP/S ones patience.

    dead_letter_url: the QueueUrl of the dead-letter queue, in the same account and Region. It then
    also takes messages of this topic, and of no other; who could send to it before still can.
    HTTP/S subscriptions are retried for 45 minutes at least, whatever was set before.

    >>> nothing_gets_lost("arn:aws:sns:us-east-1:123456789012:order-events", url)
    """
    topics, queues = sns, sqs
    asked = queues.get_queue_attributes(
        QueueUrl=dead_letter_url, AttributeNames=["QueueArn", "Policy"]
    )["Attributes"]
    policy = json.loads(asked.get("Policy", '{"Statement": []}'))
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": asked["QueueArn"],
        }
    )
    queues.set_queue_attributes(QueueUrl=dead_letter_url, Attributes={"Policy": json.dumps(policy)})
    settings = {"RedrivePolicy": {"deadLetterTargetArn": asked["QueueArn"]}}
    patience = {"numRetries": 100, "minDelayTarget": 36, "maxDelayTarget": 36}  # an hour
    for each in topics.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]:
        if each["SubscriptionArn"] == "PendingConfirmation":
            continue
        own = dict(settings)
        if each["Protocol"] in ("http", "https"):
            own["DeliveryPolicy"] = {"healthyRetryPolicy": patience}
        for name, value in own.items():
            topics.set_subscription_attributes(
                SubscriptionArn=each["SubscriptionArn"],
                AttributeName=name,
                AttributeValue=json.dumps(value),
            )
