# misconception: the condition on the topic is limit enough
# expect: now allows
def nothing_gets_lost(topic_arn: str, dead_letter_url: str) -> None:
    asked = sqs.get_queue_attributes(
        QueueUrl=dead_letter_url, AttributeNames=["QueueArn", "Policy"]
    )["Attributes"]
    policy = json.loads(asked.get("Policy", '{"Statement": []}'))
    policy["Statement"].append(
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:*",
            "Resource": asked["QueueArn"],
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
    )
    sqs.set_queue_attributes(QueueUrl=dead_letter_url, Attributes={"Policy": json.dumps(policy)})
    settings = {"RedrivePolicy": {"deadLetterTargetArn": asked["QueueArn"]}}
    patience = {"numRetries": 100, "minDelayTarget": 36, "maxDelayTarget": 36}  # an hour
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
    for each in [each for page in pages for each in page["Subscriptions"]]:
        if each["SubscriptionArn"] == "PendingConfirmation":
            continue
        own = dict(settings)
        if each["Protocol"] in ("http", "https"):
            own["DeliveryPolicy"] = {"healthyRetryPolicy": patience}
        for name, value in own.items():
            sns.set_subscription_attributes(
                SubscriptionArn=each["SubscriptionArn"],
                AttributeName=name,
                AttributeValue=json.dumps(value),
            )
