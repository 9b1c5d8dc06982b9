# misconception: Only the queue of the example needs a dead-letter queue.
# expect: What does a dead-letter queue hang on
def nothing_gets_lost(topic_arn: str, dead_letter_url: str) -> None:
    target = topic_arn.replace(":sns:", ":sqs:").rpartition(":")[0] + ":lost"
    topics = sns
    for each in topics.list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]:
        if each["Endpoint"].endswith(":readers"):
            topics.set_subscription_attributes(
                SubscriptionArn=each["SubscriptionArn"],
                AttributeName="RedrivePolicy",
                AttributeValue=json.dumps({"deadLetterTargetArn": target}),
            )
    let_in(dead_letter_url, topic_arn)
